"""The network of the embedder: it computes what it should; a bad file is refused in one sentence."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
import tiny_e5

from app.meaning_model import MODEL, open_embedder
from knowledge_base.e5_graph import tokenizer_of
from knowledge_base.e5_weights import BadWeights, Weights
from knowledge_base.embedding import WEIGHTS, E5Embedder, packaged_weights
from resources.errors import UserError
from speech.models import MANIFEST, ModelStore

KNOWN = "停水请打电话query: "
OF_THE_ENGINE = [0.9212, 0.8509]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_e5.write(tmp_path_factory.mktemp("weights") / WEIGHTS, KNOWN)


def matrix(weights: Weights, name: str, rows: int, columns: int) -> np.ndarray:
    packed = weights.packed(name, rows, columns)
    values = np.concatenate([packed.values & 15, packed.values >> 4], -1).astype(float) - 8
    return (values * packed.scales[..., None]).reshape(rows, columns)


def normal(states: np.ndarray) -> np.ndarray:
    return (states - states.mean(-1, keepdims=True)) / states.std(-1, keepdims=True)


def computed(weights: Weights, pieces: list[int]) -> np.ndarray:
    """The same network written out, layer normalisation being plain in the tiny file."""
    sizes = weights.sizes
    width, inner, each = sizes.width, sizes.inner, sizes.width // sizes.heads

    def linear(states: np.ndarray, name: str, rows: int, columns: int) -> np.ndarray:
        return states @ matrix(weights, f"l0.{name}.w", rows, columns).T + weights.plain(f"l0.{name}.b")

    words = matrix(weights, "emb.word", sizes.words, width)[pieces]
    states = normal(words + weights.plain("emb.pos").reshape(-1, width)[: len(pieces)])
    asked, keys, values = (
        linear(states, name, width, width).reshape(len(pieces), sizes.heads, each) for name in "qkv"
    )
    weight = np.exp(np.einsum("ahe,bhe->hab", asked, keys) / math.sqrt(each))
    weight /= weight.sum(-1, keepdims=True)
    seen = np.einsum("hab,bhe->ahe", weight, values).reshape(len(pieces), width)
    states = normal(states + linear(seen, "ao", width, width))
    middle = linear(states, "fi", inner, width)
    middle = np.array([[x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in row] for row in middle])
    states = normal(states + linear(middle, "fo", width, inner))
    mean = states.mean(0)
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("text", ["停水", "请打电话停水请打电话", "?"])
def test_it_computes_the_network(file: Path, text: str) -> None:
    weights = Weights(file)
    expected = computed(weights, tokenizer_of(weights).encode("query: " + text).ids)
    assert E5Embedder(file).questions([text])[0] @ expected > 0.9995
    assert E5Embedder(file, quick=True).questions([text])[0] @ expected > 0.99


def test_texts_are_read_like_sentencepiece_does(file: Path) -> None:
    tokenizer = tokenizer_of(Weights(file))
    plain = tokenizer.encode("停水 电话").ids
    assert plain[0] == 0
    assert plain[-1] == 2
    assert tokenizer.encode("停\x07水\u200b \r\n电话").ids == plain
    assert len(tokenizer.encode("水" * 1000).ids) == tiny_e5.PLACES


def test_the_file_says_how_long_vectors_are(file: Path) -> None:
    assert E5Embedder(file).dimension == tiny_e5.WIDTH


@pytest.mark.parametrize("kept", [0, 3, 20, 60, 90, 400, 2_000, -1])
def test_a_cut_file_is_named(file: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / WEIGHTS
    cut.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError) as raised:
        E5Embedder(cut).questions(["停水"])
    assert raised.value.code == "MEANING_UNAVAILABLE"


@pytest.mark.parametrize("at", [8, 12, 16, 20, 24, 28, 40])
@pytest.mark.parametrize("value", [-1, 0x7FFFFFFF])
def test_wrong_sizes_are_named(file: Path, tmp_path: Path, at: int, value: int) -> None:
    wrong = tmp_path / WEIGHTS
    content = bytearray(file.read_bytes())
    struct.pack_into("<i", content, at, value)
    wrong.write_bytes(content)
    with pytest.raises(UserError) as raised:
        E5Embedder(wrong).questions(["停水"])
    assert raised.value.code == "MEANING_UNAVAILABLE"


def test_a_tensor_that_is_missing_is_named(file: Path) -> None:
    with pytest.raises(BadWeights):
        Weights(file).plain("emb.nothing")
    with pytest.raises(BadWeights):
        Weights(file).packed("emb.word", 10, 10)


def test_the_real_weights_give_the_vectors_of_their_own_engine() -> None:
    """Cosines of question and passages as the engine in the package gives them."""
    if packaged_weights() is None:
        pytest.skip("the package with the weights is not installed")
    embedder = E5Embedder()
    question = embedder.questions(["家里停水了怎么办"])[0]
    near = (
        embedder.passages(["停水请拨打自来水公司电话。", "居住证到期，带身份证去派出所。"]) @ question
    )
    assert near == pytest.approx(OF_THE_ENGINE, abs=0.002)
    quick = E5Embedder(quick=True)
    assert quick.name != embedder.name
    assert quick.questions(["家里停水了怎么办"])[0] @ question > 0.99


def test_weights_in_the_model_store_are_checked_before_they_are_used(
    file: Path, tmp_path: Path
) -> None:
    store = ModelStore(tmp_path)
    folder = tmp_path / MODEL
    folder.mkdir()
    content = file.read_bytes()
    (folder / WEIGHTS).write_bytes(content)
    known = [len(content), hashlib.sha256(content).hexdigest()]
    (folder / MANIFEST).write_text(json.dumps({"files": {WEIGHTS: known}}), encoding="utf-8")
    assert open_embedder(store).dimension == tiny_e5.WIDTH
    (folder / WEIGHTS).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(UserError) as raised:
        open_embedder(store)
    assert raised.value.code == "MEANING_UNAVAILABLE"

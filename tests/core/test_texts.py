"""Both languages say everything, with the same placeholders, and every code has its sentence."""

import re
import string
from pathlib import Path

import pytest

from resources.loader import resource_path
from resources.texts import LANGUAGES, keys, text

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "knowledge_base", "speech", "resources", "server", "ui", "main.py")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def source_files() -> list[Path]:
    files: list[Path] = []
    for room in ROOMS:
        path = ROOT / room
        files += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return files


def test_every_sentence_exists_in_every_language() -> None:
    chinese, english = (keys(language) for language in LANGUAGES)
    assert chinese == english


@pytest.mark.parametrize("table", sorted(resource_path("text").rglob("*.yaml")), ids=str)
def test_no_sentence_is_given_twice(table: Path) -> None:
    named = re.findall(r"^\"?([\w.]+)\"?:", table.read_text("utf-8"), re.M)
    assert sorted(named) == sorted(set(named))


@pytest.mark.parametrize("key", sorted(keys("zh")))
def test_placeholders_agree(key: str) -> None:
    assert placeholders(text(key, "zh")) == placeholders(text(key, "en"))


def test_every_error_code_in_the_source_has_a_sentence() -> None:
    pattern = re.compile(r'(?:UserError|SpeechDegraded)\(\s*"([A-Z_0-9]+)"')
    used = {code for file in source_files() for code in pattern.findall(file.read_text("utf-8"))}
    assert used, "the search found no error codes at all"
    assert {f"errors.{code}" for code in used} <= keys("zh")


def test_unknown_key_is_a_bug() -> None:
    with pytest.raises(KeyError):
        text("errors.NO_SUCH_CODE", "zh")

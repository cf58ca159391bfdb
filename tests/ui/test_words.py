"""Every sentence exists in both languages, and a switch reaches every part of the window."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from resources.texts import keys, text
from ui.desk_window import DeskWindow
from ui.look.language import Language
from ui.look.wording import clock, masked, rule_words, shortened
from ui.window.top_bar import PAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SOURCES = sorted(Path(__file__).parents[2].joinpath("ui").rglob("*.py"))


def test_both_languages_say_the_same_things() -> None:
    mine = [{key for key in keys(code) if key.startswith("desk.")} for code in ("zh", "en")]
    assert mine[0] == mine[1]
    for key in mine[0]:
        holes = [sorted(re.findall(r"\{(\w+)\}", text(key, code))) for code in ("zh", "en")]
        assert holes[0] == holes[1], key


def test_every_key_that_is_said_exists() -> None:
    known = {key.partition(".")[2] for key in keys("en")}  # each page says those of its own area
    said = set()
    for source in SOURCES:
        said |= set(re.findall(r"\bsay\(\s*\"(\w+)\"", source.read_text(encoding="utf-8")))
    assert len(said) > 40
    assert said <= known


def test_no_sentence_stands_in_the_code() -> None:
    for source in SOURCES:
        code = re.sub(r'""".*?"""', "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
        code = re.sub(r"(?m)#.*$|application\.setApplicationDisplayName.*$|^CHANNELS.*$", "", code)
        found = [sign for sign in CHINESE.findall(code) if sign]
        assert not found, (source.name, found)


def shown_texts(window: QWidget) -> list[str]:
    shown: list[str] = []
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton):
            shown.append(widget.text())
        if isinstance(widget, QLineEdit):
            shown.append(widget.placeholderText())
        shown.append(widget.accessibleName())
    return [words for words in shown if words]


def test_switch_reaches_every_part(window: DeskWindow) -> None:
    for name in PAGES:
        window.page(name)  # built
    window.message.show_message("bad", lambda: window.language.error_code("CALL_RUNNING"))
    chinese = shown_texts(window)
    window.language.use("en")
    left = [words for words in shown_texts(window) if CHINESE.search(words)]
    assert left == []
    window.language.use("zh")
    assert shown_texts(window) == chinese


def test_switch_during_a_call_retranslates_what_the_program_says(heard_call: DeskWindow) -> None:
    window = heard_call
    window.language.use("en")
    form = window.desk_page.form
    assert window.desk_page.ticket.submit.accessibleName() == "Submit"
    assert "Caller" in window.desk_page.transcript.view.toPlainText()
    assert form.ask_back.title.text() in ("", "Ask back")
    assert form.subject.hint.text() == "Tab accepts"
    assert window.desk_page.units.model.index(0).data().split("，")[0].endswith("lead")


def test_qt_speaks_the_language_too(qtbot: QtBot, language: Language) -> None:
    from PySide6.QtCore import QCoreApplication

    assert CHINESE.search(QCoreApplication.translate("QPlatformTheme", "Cancel"))
    language.use("en")
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.mark.parametrize(
    ("line", "shown"),
    [("13800008001", "138 **** 8001"), ("010-6437 0001", "010 **** 0001"), ("110", "***"), (None, "")],
)
def test_phone_numbers_are_masked(line: str | None, shown: str) -> None:
    assert masked(line) == shown


def test_times_and_long_words(language: Language) -> None:
    assert [clock(0), clock(137.9), clock(3737)] == ["00:00", "02:17", "1:02:17"]
    assert shortened("一二三四", 3) == "一二三…"
    assert rule_words("catalogue.050101", language) == "目录 050101"
    assert rule_words("place.named-with-house", language) == ""
    assert rule_words("按读音更正", language) == "按读音更正"

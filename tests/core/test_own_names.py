"""A centre's own places and words: imported whole or not at all, and heard."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from app.events import Degraded, Event
from app.own_names import clear_own_names, import_own_names, read_own_names
from app.readiness import load_parts
from app.workplace import Workplace
from resources.errors import UserError
from speech.utterance import Speaker, Utterance

PLACES = "name,kind,street,district\n榴花苑,neighbourhood,望京街道,朝阳区\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def said(text: str) -> Utterance:
    return Utterance("u", Speaker.CALLER, 0.0, 4.0, text, text, "test")


def test_own_places_and_words_are_heard_and_read(tmp_path: Path) -> None:
    seat = tmp_path / "seat"
    import_own_names(seat, write(tmp_path / "places.csv", PLACES))
    import_own_names(seat, write(tmp_path / "words.txt", "# companies\n\n宏瑞祥物业\n"))
    with closing(Workplace(seat)) as desk:
        repair = desk.parts.repairer().for_call()
        assert "榴花苑" in repair(said("朝阳区望京街道留花园三号楼停水了")).text
        assert "宏瑞祥物业" in repair(said("小区归红瑞祥物业管")).text
        talk = [said("我住在朝阳区榴花苑，路灯坏了，没人修")]
        [ticket] = desk.parts.analyst().analyse(talk).tickets
        assert (ticket.district, ticket.street) == ("朝阳区", "望京街道")


def test_the_bundled_names_alone_are_the_bundled_finder(tmp_path: Path) -> None:
    from speech.repair.finder import bundled_finder

    with closing(Workplace(tmp_path)) as desk:
        assert desk.parts.repairer().finder is bundled_finder()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("w.txt", b"\x00\x01\x02", "WORDS_UNREADABLE"),
        ("w.txt", b"\xff\xfe\xff", "WORDS_UNREADABLE"),
        ("w.txt", "好的词\n字\n", "WORDS_LINE"),
        ("w.txt", "好的词\n" + "长" * 31, "WORDS_LINE"),
        ("w.txt", "\n".join(f"词{n}" for n in range(20_001)), "WORDS_UNREADABLE"),
        ("w.txt", "词" * 2_000_000, "WORDS_UNREADABLE"),
        ("p.csv", "name,kind\nx,y\n", "PLACES_UNREADABLE"),
        ("p.csv", PLACES + "某苑,neighbourhood,没有街道,朝阳区\n", "PLACES_ROW"),
        ("p.csv", b"", "PLACES_UNREADABLE"),
    ],
)
def test_a_wrong_list_changes_nothing(
    tmp_path: Path, name: str, content: str | bytes, code: str
) -> None:
    seat = tmp_path / "seat"
    before = import_own_names(seat, write(tmp_path / "words.txt", "宏瑞祥物业"))
    with pytest.raises(UserError) as raised:
        import_own_names(seat, write(tmp_path / name, content))
    assert raised.value.code == code
    assert "{" not in raised.value.message("zh") + raised.value.message("en")
    assert read_own_names(seat) == before


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name, code in (("none.csv", "PLACES_UNREADABLE"), ("none.txt", "WORDS_UNREADABLE")):
        with pytest.raises(UserError) as raised:
            import_own_names(tmp_path / "seat", tmp_path / name)
        assert raised.value.code == code


def test_lists_in_the_old_national_encoding_are_read(tmp_path: Path) -> None:
    own = import_own_names(tmp_path, write(tmp_path / "w.txt", "宏瑞祥物业\r\n".encode("gb18030")))
    assert own.words == ("宏瑞祥物业",)
    clear_own_names(tmp_path)
    assert not read_own_names(tmp_path)


def test_a_list_that_went_bad_is_told_and_the_desk_works(tmp_path: Path) -> None:
    write(tmp_path / "own-words.txt", b"\x00")
    with closing(Workplace(tmp_path)) as desk:
        events: list[Event] = []
        desk.bus.subscribe(events.append)
        load_parts(desk.parts, desk.settings, desk.bus)
        assert "NAMES_UNUSED" in [event.code for event in events if isinstance(event, Degraded)]
        assert desk.parts.repairer().repair("我住在望金街道").text

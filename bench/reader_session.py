"""Inside a session bus: the desk, and somebody who has nothing but the accessibility bus.

``python -m bench.reader_session FOLDER`` prints what came of it as one line of JSON.
``bench/reader.py`` makes the display and the session.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.settings import Settings, save_settings
from bench.bus import ENABLED, FOCUSABLE, SHOWING, Bus, Node, wait_for
from resources.loader import resource_path
from resources.texts import text

PROGRAM = (sys.executable, str(Path(__file__).resolve().parents[1] / "main.py"))
WITHIN_S = 60.0
NUMBER, CALL = "13900001234", resource_path("calls", "03-bbq-fumes.json")


def without_name(shown: Iterable[Node]) -> list[Node]:
    """What can have the focus now and has nothing to be called by. The window is named by its title."""
    usable = (one for one in shown if one.has(FOCUSABLE, ENABLED) and one.role != "frame")
    return [one for one in usable if not one.name.strip()]


class Reader:
    """Somebody who sees nothing, at a desk whose process was just started."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._desk = wait_for(self._find_desk, WITHIN_S, bus.hear)

    def walk(self) -> list[Node]:
        """What is shown."""
        return list(self._bus.all_in(self._desk))

    def press(self, name: str) -> None:
        """Press what has this name, as soon as it can be."""
        self._bus.press(wait_for(lambda: self._find(name, "push button"), WITHIN_S, self._bus.hear))

    def read(self, name: str) -> str:
        """What stands in a field."""
        field = self._find(name, "text")
        return self._bus.text(field) if field is not None else ""

    def wait_until_said(self, part: str) -> None:
        """Until something with these words was announced."""
        wait_for(lambda: any(part in one for one in self._bus.said), WITHIN_S, self._bus.hear)

    def wait_until_filled(self, name: str) -> str:
        """What stands in a field as soon as something does."""
        return str(wait_for(lambda: self.read(name), WITHIN_S, self._bus.hear))

    def _find(self, name: str, role: str) -> Node | None:
        for one in self._bus.all_in(self._desk):
            if (one.name, one.role) == (name, role) and one.has(SHOWING, ENABLED):
                return one
        return None

    def _find_desk(self) -> Node | None:
        found = [one for one in self._bus.programs() if one.name == "jiesu-desk"]
        return found[0] if found and any(True for _ in self._bus.all_in(found[0])) else None


def _whole_call(folder: Path) -> dict[str, Any]:
    """The accessibility bus, the desk, and the reader."""
    seat = folder / "seat"
    seat.mkdir()
    save_settings(seat, Settings(operator_device="—"))
    bus = Bus()
    bus.listen()
    command = (*PROGRAM, "--data-dir", str(seat))
    with subprocess.Popen(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True) as desk:
        try:
            reader = Reader(bus)
            _ring(seat)
            figures = _reader_at_work(reader, lambda key: text(f"desk.{key}", "zh"))
        finally:
            desk.terminate()
            said = desk.communicate(timeout=WITHIN_S)[1]
    bus.close()
    return figures | {"said": bus.said, "ended": desk.returncode, "traceback": "Traceback" in said}


def _ring(seat: Path) -> None:
    """A softphone has a call for the desk, eight times as fast as people talk."""
    event = {"at": 0, "event": "ring", "call_id": "1", "number": NUMBER, "sound": str(CALL)}
    events = seat / "events.jsonl"
    events.write_text(json.dumps(event) + "\n", encoding="utf-8")
    command = ("telephone", "replay", str(events), "--pace", "8", "--data-dir", str(seat))

    def rings() -> bool:  # not before the desk's door for softphones is open
        rung = subprocess.run([*PROGRAM, *command], capture_output=True, timeout=WITHIN_S)
        return rung.returncode == 0

    wait_for(rings, WITHIN_S, time.sleep)


def _reader_at_work(reader: Reader, words: Callable[[str], str]) -> dict[str, Any]:
    reader.wait_until_said(words("call_ringing"))
    reader.press(words("answer"))
    reader.wait_until_said(words("call_talking"))
    subject = reader.wait_until_filled(words("field_subject"))
    reader.wait_until_said(words("ask_back_title"))
    shown = reader.walk()
    place = reader.wait_until_filled(words("field_place"))
    reader.press(words("hang_up"))
    reader.wait_until_said(words("call_wrapping"))
    reader.press(words("accept_all"))
    reader.press(words("submit"))
    reader.wait_until_said(words("call_submitted"))
    return {
        "shown": len(shown),
        "unnamed": [f"{one.role} {one.path}" for one in without_name(shown)],
        "subject": subject,
        "place": place,
    }


if __name__ == "__main__":
    print(json.dumps(_whole_call(Path(sys.argv[1])), ensure_ascii=False))

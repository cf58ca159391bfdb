"""What the command line does with the telephone of a running desk."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from app.security.desk_lock import DeskLock
from app.telephone.adapter import LOOPBACK, PATH, ask_acts, find_door, tell_desk
from app.telephone.events import read_event
from app.telephone.replay import read_events, replay
from app.terminal import EXIT_OK, Terminal
from resources.errors import UserError


def tell(data_dir: Path, terminal: Terminal, told: Mapping[str, str | None]) -> int:
    """Pass one event on to the desk that runs over the folder. Raises ``UserError``."""
    _need_desk(data_dir)
    event = read_event({**told, "call_id": told.get("call_id") or str(uuid.uuid4())})
    phase = tell_desk(data_dir, event)
    if terminal.json:
        terminal.print_json({"call_id": event.call_id, "phase": phase.value})
    return EXIT_OK


def replay_file(data_dir: Path, terminal: Terminal, path: Path, pace: float) -> int:
    """Let the running desk live through the events of a file; ``pace`` 0 = all at once."""
    events = read_events(path)
    _need_desk(data_dir)
    took = replay(events, lambda event: tell_desk(data_dir, event), time.sleep, pace or None)
    taken = sum(1 for _ in took)
    if terminal.json:
        terminal.print_json({"taken": taken, "refused": len(events) - taken})
    else:
        terminal.say("telephone_replayed", taken=taken, refused=len(events) - taken)
    return EXIT_OK


def follow(data_dir: Path, terminal: Terminal) -> int:
    """Print what the operator does, one JSON line each, until the desk ends. Raises ``UserError``."""
    _need_desk(data_dir)
    newest = 0
    while True:
        for act in ask_acts(data_dir, newest):
            newest = act.n
            terminal.show([json.dumps(act._asdict(), ensure_ascii=False)])


def show_door(data_dir: Path, terminal: Terminal) -> int:
    """Say where a softphone has to send its events, and the token it needs."""
    _need_desk(data_dir)
    door = find_door(data_dir)
    address = f"http://{LOOPBACK}:{door.port}{PATH}"
    if terminal.json:
        terminal.print_json({"address": address, "token": door.token})
    else:
        terminal.say("telephone_door", address=address, token=door.token)
    return EXIT_OK


def _need_desk(data_dir: Path) -> None:
    """A desk that died has left its address behind: nothing may be sent to whoever has that now."""
    try:
        DeskLock(data_dir).release()
    except UserError as error:
        if error.code == "DESK_RUNNING":
            return
        raise
    raise UserError("NO_DESK", path=data_dir)

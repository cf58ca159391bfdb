"""What an administrator does at the centre's own machine; each task ends at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.command_line import Options
from app.terminal import EXIT_OK, Terminal
from server import reference
from server import run as centre
from server.database import CentreDatabase, default_url

Answers = Iterator[tuple[Mapping[str, Any], str]]
"""What a task found, as JSON and as a line."""


def _add_seat(options: Options, folder: Path) -> Answers:
    password = centre.add_seat(options.add_seat, options.db, folder)
    yield {"seat": options.add_seat, "password": password}, password


def _add_person(options: Options, folder: Path) -> Answers:
    name, roles = options.add_person, options.roles or []
    password = centre.add_person(name, roles, options.unit, options.db, folder)
    yield {"person": name, "roles": roles, "unit": options.unit, "password": password}, password


def _add_api_key(options: Options, folder: Path) -> Answers:
    key = centre.add_api_key(options.add_api_key, options.db, folder)
    yield {"name": options.add_api_key, "api_key": key}, key


def _backup(options: Options, folder: Path) -> Answers:
    counts = centre.write_backup(options.backup, options.db, folder)
    yield counts, f"{options.backup} {sum(counts.values())}"


def _restore(options: Options, folder: Path) -> Answers:
    counts = centre.restore_backup(options.restore, options.db, folder)
    yield counts, f"{options.restore} {sum(counts.values())}"


def _verify_audit(options: Options, folder: Path) -> Answers:
    verdict = centre.verify_audit(options.verify_audit or None, options.db, folder)
    yield {"entries": verdict.entries, "head": verdict.head}, f"{verdict.entries} {verdict.head}"


def _forget_caller(options: Options, folder: Path) -> Answers:
    """The number comes on standard input: a command line is seen by others."""
    phone = sys.stdin.readline(64).strip()
    count = centre.forget_person(phone=phone, database_url=options.db, data_dir=folder)
    yield {"forgotten": count}, str(count)


def _forget_ticket(options: Options, folder: Path) -> Answers:
    number = options.forget_ticket
    count = centre.forget_person(number=number, database_url=options.db, data_dir=folder)
    yield {"forgotten": count}, str(count)


def _retire(options: Options, folder: Path) -> Answers:
    count = centre.retire(options.db, folder)
    yield {"forgotten": count}, str(count)


def _publish(options: Options, folder: Path) -> Answers:
    for article_id in centre.publish(options.publish, options.db, folder, options.public):
        yield {"published": article_id}, article_id


def _withdraw(options: Options, folder: Path) -> Answers:
    centre.withdraw(options.withdraw, options.db, folder)
    yield from ()


def _publish_reference(options: Options, folder: Path) -> Answers:
    name, file = options.publish_reference
    with closing(CentreDatabase(options.db or default_url(folder))) as database:
        one = reference.publish_file(database, name, Path(file))
    yield _shown(one), f"{one.name} {one.version}"


def _withdraw_reference(options: Options, folder: Path) -> Answers:
    with closing(CentreDatabase(options.db or default_url(folder))) as database:
        reference.withdraw(database, options.withdraw_reference)
    yield from ()


def _new_update_key(options: Options, folder: Path) -> Answers:
    from app.reference.update import new_key

    public = new_key(options.new_update_key)
    yield {"key": public}, public


def _sign_update(options: Options, folder: Path) -> Answers:
    from app.reference.update import sign

    content = sign(*options.sign_update)
    yield json.loads(content), content


def _list_reference(options: Options, folder: Path) -> Answers:
    with closing(CentreDatabase(options.db or default_url(folder))) as database:
        told = reference.uses(database)
        for one in reference.published(database):
            spread = reference.spread(told, one.name)
            seats = " ".join(f"{version or '-'}:{count}" for version, count in spread.seats.items())
            refused = " ".join(f"!{seat}:{version}:{why}" for seat, version, why in spread.refused)
            words = (one.name, one.version or "-", seats, refused)
            yield {**_shown(one), **asdict(spread)}, " ".join(word for word in words if word)


def _shown(one: reference.Published) -> Mapping[str, Any]:
    return {**asdict(one), "at": one.at and one.at.isoformat()}


TASKS: Mapping[str, Callable[[Options, Path], Answers]] = {
    "add_seat": _add_seat,
    "add_person": _add_person,
    "add_api_key": _add_api_key,
    "backup": _backup,
    "restore": _restore,
    "verify_audit": _verify_audit,
    "forget_caller": _forget_caller,
    "forget_ticket": _forget_ticket,
    "retire": _retire,
    "publish": _publish,
    "withdraw": _withdraw,
    "publish_reference": _publish_reference,
    "withdraw_reference": _withdraw_reference,
    "list_reference": _list_reference,
    "new_update_key": _new_update_key,
    "sign_update": _sign_update,
}


def run_task(options: Options, folder: Path, terminal: Terminal) -> int | None:
    """Do the one task the options name; the exit status, or ``None`` when the centre shall serve."""
    if options.import_outbox:
        from app.safety_commands import show_taken_over

        typed = sys.stdin.readline(256)
        results = centre.import_outbox(options.import_outbox, typed, options.db, folder)
        return show_taken_over(terminal, results)
    asked = next((name for name in TASKS if getattr(options, name) is not None), None)
    if asked is None:
        return None
    for answer, line in TASKS[asked](options, folder):
        terminal.print_json(answer) if terminal.json else print(line)
    return EXIT_OK

"""Commands around the safety of a seat's data: recovery key, backups, salvage, the outbox as a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.desk import OutboxState
from app.domain.city import city_time
from app.security.keys import DATABASE_FILE, MasterKey, open_master_key
from app.security.recovery import make_recovery_key, open_recovery, recover
from app.storage import snapshots
from app.storage.cipher_file import check_file
from app.sync.protocol import OperationResult, ResultStatus
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from app.workplace import Workplace
from resources.errors import UserError


def recovery(data_dir: Path, terminal: Terminal, action: str) -> int:
    """Make, try or use the recovery key."""
    if action == "make":
        printed = make_recovery_key(data_dir, open_master_key(data_dir))
        if terminal.json:
            terminal.print_json({"recovery_key": printed})
        else:
            terminal.say("recovery_made", written=printed)
        return EXIT_OK
    printed = _typed_key()
    if action == "check":
        key_id, secret = open_recovery(data_dir, printed)
        fits = MasterKey(key_id, secret, fallback=False).database
        check_file(data_dir / DATABASE_FILE, fits)
        terminal.say("recovery_fits")
        return EXIT_OK
    key = recover(data_dir, printed)
    check_file(data_dir / DATABASE_FILE, key.database)
    terminal.say("recovery_done_file" if key.fallback else "recovery_done")
    return EXIT_OK


def backup(data_dir: Path, terminal: Terminal, action: str, copy: Path | None) -> int:
    """Take, list, verify or put back copies of the database."""
    key = open_master_key(data_dir).database
    if action == "take":
        made = snapshots.take_snapshot(data_dir, key, datetime.now(UTC))
        _show(terminal, made)
        return EXIT_OK
    if action == "restore":
        chosen = copy or next(iter(snapshots.snapshots(data_dir)), None)
        if chosen is None:
            raise UserError("BACKUP_UNKNOWN", path=data_dir / snapshots.FOLDER)
        chosen = chosen if chosen.exists() else data_dir / snapshots.FOLDER / chosen.name
        restored, aside = snapshots.restore_snapshot(data_dir, key, chosen, datetime.now(UTC))
        _show(terminal, restored)
        if not terminal.json:
            terminal.say("backup_set_aside", path=aside)
        return EXIT_OK
    status = EXIT_OK
    for path in [copy] if copy else snapshots.snapshots(data_dir):
        try:
            _show(terminal, snapshots.Snapshot(path, snapshots.verify_snapshot(path, key)))
        except UserError as error:
            terminal.complain(error)
            status = EXIT_DEGRADED
    return status


def _show(terminal: Terminal, copy: snapshots.Snapshot) -> None:
    if terminal.json:
        terminal.print_json({"path": copy.path, **copy.holds})
    else:
        terminal.say("backup_holds", path=copy.path, **copy.holds)


def salvage(
    data_dir: Path, terminal: Terminal, target: Path, database: Path | None, with_paper: bool
) -> int:
    """Export what can still be read; with the recovery key where the keyring is gone too."""
    from app.storage.salvage import salvage as save_what_can_be_read

    if with_paper:
        key = MasterKey(*open_recovery(data_dir, _typed_key()), fallback=False).database
    else:
        key = open_master_key(data_dir).database
    saved = save_what_can_be_read(database or data_dir / DATABASE_FILE, key, target)
    if terminal.json:
        terminal.print_json(
            {
                "path": saved.path,
                **saved.records,
                "gaps": saved.gaps,
                "damaged_pages": saved.damaged_pages,
            }
        )
    else:
        terminal.say("salvaged", path=saved.path, **saved.records)
    if saved.gaps or saved.damaged_pages:
        terminal.complain(UserError("SALVAGE_GAPS", gaps=saved.gaps, pages=saved.damaged_pages))
        return EXIT_DEGRADED
    return EXIT_OK


def outbox(desk: Workplace, terminal: Terminal, action: str, file: Path | None) -> int:
    """List what waits or was refused; hand it over as a file, or take one over; try refused again."""
    if action == "retry":
        refused = [row for row in desk.outbox() if row.state is OutboxState.REFUSED]
        for row in refused:
            desk.retry(row.operation_id)
        terminal.say("outbox_retried", count=len(refused))
        return EXIT_OK
    if action == "list":
        rows = [row for row in desk.outbox() if row.state is not OutboxState.ACCEPTED]
        if terminal.json:
            terminal.print_json([_row(row.ticket_id, row.state, row.reason) for row in rows])
        for row in [] if terminal.json else rows:
            terminal.say(
                "outbox_row",
                id=row.ticket_id,
                state=row.state,
                created=f"{city_time(row.created_at):%Y-%m-%d %H:%M}",
                reason=row.reason or "",
            )
        return EXIT_OK
    if file is None:
        raise UserError("USAGE", detail=f"outbox {action} FILE")
    if action == "export":
        count, printed = desk.export_outbox(file)
        if terminal.json:
            terminal.print_json({"path": file, "operations": count, "key": printed})
        else:
            terminal.say("outbox_exported", path=file, count=count, written=printed)
        return EXIT_OK
    taken = desk.import_outbox(file, _typed_key())
    if terminal.json:
        terminal.print_json({"taken": taken})
    else:
        terminal.say("outbox_imported", count=taken)
    return EXIT_OK


def show_taken_over(terminal: Terminal, results: Sequence[OperationResult]) -> int:
    """What the centre decided about the operations of a file."""
    refused = [one for one in results if one.status is ResultStatus.REFUSED]
    if terminal.json:
        terminal.print_json([one.model_dump(mode="json") for one in results])
    else:
        terminal.say("outbox_taken", accepted=len(results) - len(refused), refused=len(refused))
    return EXIT_DEGRADED if refused else EXIT_OK


def _row(ticket_id: str, state: str, reason: str | None) -> dict[str, str | None]:
    return {"ticket_id": ticket_id, "state": state, "reason": reason}


def _typed_key() -> str:
    """A printed key from standard input: it must not stand in the list of processes."""
    return sys.stdin.readline(256)

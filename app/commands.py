"""The seat's commands; each does one job, prints its result and returns the exit status."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from app.desk import DeviceCall, FileCall, OutboxState
from app.printout import analysis_lines, model_lines, timing_lines, transcript_lines
from app.processing import as_error, process_call
from app.report import analysis_json, call_json, transcript_json
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from app.workplace import Workplace
from resources.errors import UserError
from resources.texts import text


def call(
    desk: Workplace, terminal: Terminal, audio: Path | None, seconds: float | None, submit: bool
) -> int:
    """One call through the whole path: a recorded one, or without ``audio`` a live one."""
    source = FileCall(audio, pace=None) if audio else DeviceCall()
    result = process_call(desk, source, seconds)
    tickets = desk.submit_all(result.drafts) if submit else ()
    if terminal.json:
        answer = call_json(result.transcript, result.analysis)
        timings = {**result.timings, **answer.get("timings", {})}
        ids = [ticket.id for ticket in tickets]
        terminal.print_json({**answer, "timings": timings, "ticket_ids": ids})
    else:
        print(text("cli.transcript", terminal.language))
        terminal.show(transcript_lines(result.transcript))
        terminal.show(analysis_lines(result.analysis, terminal.language))
        terminal.show(timing_lines(result.timings, terminal.language))
        for ticket in tickets:
            terminal.say("saved", ticket_id=ticket.id)
    return terminal.complain_of(result.problems)


def transcribe(
    desk: Workplace, terminal: Terminal, audio: Path, engine: str | None, model: str | None
) -> int:
    """Only the transcript; nothing is stored."""
    from app.hearing import transcribe_file
    from app.speech_tools import model_of

    result = transcribe_file(audio, desk.parts, model or model_of(engine, desk.settings))
    if terminal.json:
        timings = {"audio_s": round(result.audio_s, 3), "speech_s": round(result.speech_s, 3)}
        terminal.print_json({"transcript": transcript_json(result.transcript), "timings": timings})
    else:
        terminal.show(transcript_lines(result.transcript))
    return terminal.complain_of(as_error(one) for one in result.problems)


def suggest(desk: Workplace, terminal: Terminal, words: str) -> int:
    """Ticket, articles and units for plain words or a dialogue; ``-`` reads standard input."""
    from app.intake.dialogue import parse_dialogue

    analysis = desk.analyst().analyse(parse_dialogue(_stdin() if words == "-" else words))
    if terminal.json:
        terminal.print_json(analysis_json(analysis))
    else:
        terminal.show(analysis_lines(analysis, terminal.language))
    return EXIT_OK


def suggest_batch(desk: Workplace, terminal: Terminal, path: Path) -> int:
    """One JSON line for every line of a file, whatever the terminal's form."""
    from app.batch import suggest_batch

    status = EXIT_OK
    for result, problem in suggest_batch(desk.analyst(), path):
        print(json.dumps(result, ensure_ascii=False), flush=True)
        if problem is not None:
            terminal.complain(problem)
            status = EXIT_DEGRADED
    return status


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("TEXT_NOT_UTF8", position=error.start) from error


def sync(
    desk: Workplace, terminal: Terminal, server: str | None, seat: str | None, password: str | None
) -> int:
    """Send what waits to the centre, once. A password is tried and then remembered."""
    if password is not None:
        address, name = server or desk.settings.server_url, seat or desk.settings.seat
        desk.log_in(address, name, password)
    elif server:
        desk.change_settings(server_url=server)
    sent = {row.operation_id for row in desk.outbox() if row.state is OutboxState.WAITING}
    report = desk.sync_once()
    rows = [row for row in desk.outbox() if row.operation_id in sent]
    numbers = {row.ticket_id: row.number for row in rows if row.number is not None}
    if terminal.json:
        terminal.print_json({**asdict(report), "numbers": numbers})
    else:
        for number in numbers.values():
            terminal.say("acknowledged", number=number)
        terminal.say("sync_done", **asdict(report))
    return EXIT_DEGRADED if report.refused else EXIT_OK


def list_models(terminal: Terminal) -> int:
    """The speech models of the catalogue."""
    from app.parts import models_dir
    from speech.models import ModelStore

    states = ModelStore(models_dir()).list()
    if terminal.json:
        terminal.print_json([asdict(state) for state in states])
    else:
        terminal.show(model_lines(states, terminal.language))
    return EXIT_OK


def install_model(terminal: Terminal, name: str, archive: Path | None, quiet: bool) -> int:
    """Install a speech model, from its source or from a file brought along."""
    from app.parts import models_dir
    from speech.models import ModelStore

    store = ModelStore(models_dir())
    if quiet or terminal.json or not sys.stderr.isatty():
        path = store.install(name, archive=archive)
    else:
        path = store.install(name, _progress, archive)
    return _model_done(terminal, "model_installed", name, path, quiet)


def verify_model(terminal: Terminal, name: str, quiet: bool) -> int:
    """Compare a model's files with what was installed."""
    from app.parts import models_dir
    from speech.models import ModelStore

    store = ModelStore(models_dir())
    store.verify(name)
    return _model_done(terminal, "model_verified", name, store.path(name), quiet)


def _model_done(terminal: Terminal, key: str, name: str, path: Path, quiet: bool) -> int:
    if terminal.json:
        terminal.print_json({"name": name, "path": path})
    elif not quiet:
        terminal.say(key, name=name, path=path)
    return EXIT_OK


def _progress(done: int, total: int | None) -> None:
    of_total = f" / {total / 1e6:.0f}" if total else ""
    print(f"\r{done / 1e6:.0f}{of_total} MB", end="", file=sys.stderr, flush=True)

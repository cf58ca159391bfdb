"""The command line of Jiesu Desk 接诉台: parse, compose, run. Documented in docs/cli.md."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import NoReturn

from app.discreet import DiscreetFormatter, describe
from app.terminal import EXIT_BUG, EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK, Terminal
from resources.errors import Cancelled, UserError

Options = argparse.Namespace
Command = Callable[[Options, Terminal], int]


def default_data_dir(whose: str) -> Path:
    """The folder of the ``seat`` or the ``centre`` where none is named."""
    import platformdirs

    return Path(platformdirs.user_data_dir("jiesu-desk", appauthor=False), whose)


def terminal_for(options: Options) -> Terminal:
    """In the language of ``--language``, else of the seat's settings, else Chinese."""
    if options.language:
        return Terminal(options.language, options.json)
    from app.settings import load_settings

    try:
        folder = options.data_dir or default_data_dir("seat")
        return Terminal(load_settings(folder).language, options.json)
    except UserError:
        return Terminal("zh", options.json)


# -- commands ------------------------------------------------------------------------------------


def run_desk(options: Options, terminal: Terminal) -> int:
    """Open the window."""
    headless = not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if sys.platform == "linux" and headless and not os.environ.get("QT_QPA_PLATFORM"):
        raise UserError("NO_DISPLAY")
    from app.security.desk_lock import DeskLock
    from app.workplace import Workplace
    from ui.main import run, show_refusal

    folder = options.data_dir or default_data_dir("seat")
    try:
        lock = DeskLock(folder)
    except UserError as error:
        show_refusal(error.message(terminal.language), sys.argv[:1])
        raise
    with lock:
        return run(Workplace(folder), sys.argv[:1], folder / "logs")


def run_seat_command(options: Options, terminal: Terminal) -> int:
    """A command that works on the seat's data."""
    from app import commands
    from app.workplace import Workplace

    with closing(Workplace(options.data_dir or default_data_dir("seat"))) as desk:
        if options.command == "call":
            return commands.call(desk, terminal, options.audio, options.seconds, options.submit)
        if options.command == "transcribe":
            return commands.transcribe(desk, terminal, options.audio, options.engine, options.model)
        if options.command == "export-transcript":
            from app.export_commands import export_transcript

            return export_transcript(desk, terminal, options.call, options.target)
        if options.command == "suggest":
            if (options.text is None) is (options.batch is None):
                raise UserError("USAGE", detail="suggest TEXT | suggest --batch FILE")
            if options.batch is not None:
                return commands.suggest_batch(desk, terminal, options.batch)
            return commands.suggest(desk, terminal, options.text)
        if options.command == "sync":
            password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else None
            return commands.sync(desk, terminal, options.server, options.seat, password)
        if options.command == "outbox":
            from app import safety_commands

            return safety_commands.outbox(desk, terminal, options.action, options.file)
        if options.action == "import":
            return commands.import_articles(desk, terminal, options.paths)
        if options.action == "search":
            return commands.search_articles(desk, terminal, options.query, options.limit)
        return commands.list_articles(desk, terminal)


def run_safety(options: Options, terminal: Terminal) -> int:
    """Recovery key, backups and salvage: they work where the desk itself cannot start."""
    from app import safety_commands

    folder = options.data_dir or default_data_dir("seat")
    if options.command == "recovery":
        return safety_commands.recovery(folder, terminal, options.action)
    if options.command == "backup":
        return safety_commands.backup(folder, terminal, options.action, options.copy)
    return safety_commands.salvage(
        folder, terminal, options.target, options.database, options.recovery_key_stdin
    )


def run_kb_evaluate(options: Options, terminal: Terminal) -> int:
    """Measure the search on a centre's own questions."""
    from app.knowledge_tools import evaluate

    folder = (options.data_dir or default_data_dir("seat")) / "kb-evaluation"
    return evaluate(terminal, options.articles, options.queries, folder, options.words_only)


def run_models(options: Options, terminal: Terminal) -> int:
    """List, install or verify speech models."""
    from app import commands

    if options.action == "list":
        return commands.list_models(terminal)
    if options.name is None:
        raise UserError("USAGE", detail=f"models {options.action} NAME")
    if options.action == "install":
        return commands.install_model(terminal, options.name, options.archive, options.quiet)
    return commands.verify_model(terminal, options.name, options.quiet)


def run_dispatch(options: Options, terminal: Terminal) -> int:
    """Learn from a centre's past tickets, or say how well that would work."""
    from app import learning_commands

    if options.action == "evaluate":
        return learning_commands.evaluate_model(terminal, options.train, options.test, options.label)
    from app.dispatch.learning import MODEL_FILE

    folder = options.data_dir or default_data_dir("seat")
    model = options.model or folder / MODEL_FILE
    return learning_commands.train_model(terminal, options.train, options.label, model)


def run_server(options: Options, terminal: Terminal) -> int:
    """The reference centre."""
    from server.run import (
        add_api_key,
        add_person,
        add_seat,
        import_outbox,
        publish,
        restore_backup,
        serve,
        verify_audit,
        withdraw,
        write_backup,
    )

    folder = options.data_dir or default_data_dir("centre")
    if options.add_person:
        name, roles = options.add_person, options.roles or []
        password = add_person(name, roles, options.unit, options.db, folder)
        answer = {"person": name, "roles": roles, "unit": options.unit, "password": password}
        terminal.print_json(answer) if terminal.json else print(password)
        return EXIT_OK
    if options.add_api_key:
        key = add_api_key(options.add_api_key, options.db, folder)
        named = {"name": options.add_api_key, "api_key": key}
        terminal.print_json(named) if terminal.json else print(key)
        return EXIT_OK
    if options.backup:
        counts = write_backup(options.backup, options.db, folder)
        terminal.print_json(counts) if terminal.json else print(options.backup, sum(counts.values()))
        return EXIT_OK
    if options.restore:
        counts = restore_backup(options.restore, options.db, folder)
        terminal.print_json(counts) if terminal.json else print(options.restore, sum(counts.values()))
        return EXIT_OK
    if options.verify_audit is not None:
        verdict = verify_audit(options.verify_audit or None, options.db, folder)
        found = {"entries": verdict.entries, "head": verdict.head}
        terminal.print_json(found) if terminal.json else print(verdict.entries, verdict.head)
        return EXIT_OK
    if options.add_seat:
        password = add_seat(options.add_seat, options.db, folder)
        if terminal.json:
            terminal.print_json({"seat": options.add_seat, "password": password})
        else:
            print(password)
        return EXIT_OK
    if options.publish:
        for article_id in publish(options.publish, options.db, folder, options.public):
            terminal.print_json({"published": article_id}) if terminal.json else print(article_id)
        return EXIT_OK
    if options.import_outbox:
        from app.safety_commands import show_taken_over

        typed = sys.stdin.readline(256)
        results = import_outbox(options.import_outbox, typed, options.db, folder)
        return show_taken_over(terminal, results)
    if options.withdraw:
        withdraw(options.withdraw, options.db, folder)
        return EXIT_OK
    serve(
        options.host,
        options.port,
        options.db,
        folder,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        plain_http=options.plain_http,
        processes=options.processes,
    )
    return EXIT_OK


def run_catalogue(options: Options, terminal: Terminal) -> int:
    """Lint, compare, export or try out a version of the catalogue."""
    from app import catalogue_tools

    return catalogue_tools.run_catalogue(
        terminal, options.action, options.paths, options.on, options.requests
    )


def run_calls(options: Options, terminal: Terminal) -> int:
    """How far tickets agree with the reference of recorded calls, from audio and from true text."""
    from app.workplace import Workplace
    from bench.calls import evaluate, result_lines

    with closing(Workplace(options.data_dir or default_data_dir("seat"))) as desk:
        figures = evaluate(options.folder, desk.parts, desk.settings, audio=not options.text_only)
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show(result_lines(figures))
    return EXIT_OK


def run_drill(options: Options, terminal: Terminal) -> int:
    """Lint cases, print their format, or hold drills unattended."""
    from app import drill_commands

    if options.action == "schema":
        return drill_commands.print_schema(terminal)
    if options.action == "lint":
        return drill_commands.lint_cases(terminal, options.path)
    folder = options.data_dir or default_data_dir("seat")
    return drill_commands.run_drills(terminal, folder, options.case, options.trainee, options.mode)


def run_speech(options: Options, terminal: Terminal) -> int:
    """Measure an engine on recordings with known text."""
    from app.speech_tools import evaluate

    return evaluate(terminal, options.manifest, options.engine, options.model)


def run_bench(options: Options, terminal: Terminal) -> int:
    """A benchmark by name; prints figures, never fails on them."""
    from bench.run import run_benchmarks

    figures = run_benchmarks(options.name, Path(options.data) if options.data else None)
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show_figures(figures)
    return EXIT_OK


# -- parsing -------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """Reports a wrong command like every other error: one line with a code."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for anything it does not understand."""
        raise UserError("USAGE", detail=message)


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(prog="main.py", description=__doc__)
    _add_common(parser)
    parser.set_defaults(run=run_desk)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")

    def command(name: str, run: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        _add_common(sub)
        sub.set_defaults(run=run)
        return sub

    seat = run_seat_command
    call = command("call", seat, "a call: transcript, articles, ticket, units")
    sound = call.add_mutually_exclusive_group(required=True)
    sound.add_argument("audio", type=Path, nargs="?", help="stereo: left operator, right caller")
    sound.add_argument("--live", action="store_true", help="the sound inputs, until Ctrl+C")
    call.add_argument("--seconds", type=float, help="end after so many seconds")
    call.add_argument("--submit", action="store_true", help="accept the suggestions and submit")
    transcribe = command("transcribe", seat, "only the transcript of a recorded call")
    transcribe.add_argument("audio", type=Path)
    transcribe.add_argument("--engine", choices=("whisper", "vosk"))
    transcribe.add_argument("--model", help="a name of `models list`")
    export = command("export-transcript", seat, "a call for others, without personal numbers")
    export.add_argument("call", help="a call's id, `last`, or a sound file")
    export.add_argument("target", type=Path, help=".txt, .srt, .json, .docx, .wav or .flac")
    suggest = command("suggest", seat, "ticket, articles and units for a text")
    suggest.add_argument("text", nargs="?", help="plain words or a dialogue; - reads standard input")
    suggest.add_argument("--batch", type=Path, metavar="FILE", help="JSON lines with id and text")
    _add_kb(command("kb", seat, "the knowledge base"))
    _add_dispatch(command("dispatch", run_dispatch, "learn from past tickets where requests go"))
    _add_drill(command("drill", run_drill, "simulated calls: cases, unattended runs"))
    _add_server(command("server", run_server, "run the reference centre"))
    sync = command("sync", seat, "send what waits to the centre, once")
    sync.add_argument("--server", help="address of the centre")
    sync.add_argument("--seat", help="name of the seat at the centre")
    sync.add_argument("--password-stdin", action="store_true", help="read the seat's password")
    _add_safety(command)
    models = command("models", run_models, "speech models")
    models.add_argument("action", choices=("list", "install", "verify"))
    models.add_argument("name", nargs="?")
    models.add_argument("--archive", type=Path, help="install from this local file")
    models.add_argument("--quiet", action="store_true")
    catalogue = command("catalogue", run_catalogue, "the dispatch catalogue (CSV, XLSX)")
    catalogue.add_argument("action", choices=("lint", "diff", "export", "replay"))
    catalogue.add_argument("paths", type=Path, nargs="*", help="[OLD] NEW; default OLD: in force")
    catalogue.add_argument("--on", type=date.fromisoformat, help="as it holds on this day")
    catalogue.add_argument("--requests", type=Path, help="replay: a folder of calls, or JSON lines")
    calls = command("calls", run_calls, "recorded calls against their reference tickets")
    calls.add_argument("action", choices=("evaluate",))
    calls.add_argument("folder", type=Path, help="case files (.json) with their sound beside them")
    calls.add_argument("--text-only", action="store_true", help="only from the true text")
    speech = command("speech", run_speech, "engines on recordings with known text")
    speech.add_argument("action", choices=("evaluate",))
    speech.add_argument("manifest", type=Path, help="tab-separated columns audio and text")
    speech.add_argument("--engine", choices=("whisper", "vosk"), default="whisper")
    speech.add_argument("--model", help="a name of `models list`")
    bench = command("bench", run_bench, "benchmarks")
    bench.add_argument("name", help="a benchmark, or `all`")
    bench.add_argument("--data", type=Path, default=os.environ.get("HOTLINE_DATA"))
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: an option given before the command must not be reset by the command's default.
    hidden = argparse.SUPPRESS
    parser.add_argument("--json", action="store_true", default=hidden, help="print JSON")
    parser.add_argument("--data-dir", type=Path, default=hidden, help="the folder of all data")
    parser.add_argument("--language", choices=("zh", "en"), default=hidden, help="of messages")


def _add_safety(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    outbox = command("outbox", run_seat_command, "what the centre does not have yet")
    outbox.add_argument("action", choices=("list", "retry", "export", "import"))
    outbox.add_argument("file", type=Path, nargs="?", help="import reads its key from standard input")
    recovery = command("recovery", run_safety, "the recovery key: make, check, use")
    recovery.add_argument("action", choices=("make", "check", "use"))
    backup = command("backup", run_safety, "copies of the seat's database")
    backup.add_argument("action", choices=("take", "list", "restore"))
    backup.add_argument("copy", type=Path, nargs="?", help="default: all, or the newest to restore")
    salvage = command("salvage", run_safety, "export what a damaged database still holds")
    salvage.add_argument("target", type=Path, help="a new file, JSON lines, not encrypted")
    salvage.add_argument("--database", type=Path, help="default: the seat's; also one set aside")
    salvage.add_argument("--recovery-key-stdin", action="store_true", help="instead of the keyring")


def _add_kb(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    importing = actions.add_parser("import", help="articles and documents, or folders of them")
    importing.add_argument("paths", type=Path, nargs="+")
    search = actions.add_parser("search", help="articles for a question")
    search.add_argument("query")
    search.add_argument("--limit", type=int, default=10)
    evaluation = actions.add_parser("evaluate", help="how well questions find known answers")
    evaluation.add_argument("--articles", type=Path, nargs="+", required=True, help="as for import")
    evaluation.add_argument("--queries", type=Path, required=True, help="JSONL: text, relevant")
    evaluation.add_argument("--words-only", action="store_true", help="without meaning")
    evaluation.set_defaults(run=run_kb_evaluate)
    listing = actions.add_parser("list", help="all articles")
    for action in (importing, search, evaluation, listing):
        _add_common(action)


def _add_dispatch(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    training = actions.add_parser("train", help="write a model from past tickets")
    training.add_argument("--model", type=Path, help="default: the one the seat suggests with")
    evaluation = actions.add_parser("evaluate", help="train, predict tickets unseen, print figures")
    evaluation.add_argument("--test", type=Path, required=True, help="CSV like --train")
    for action in (training, evaluation):
        action.add_argument("--train", type=Path, required=True, help="CSV: text and unit or category")
        action.add_argument("--label", choices=("unit", "category"), default="unit")
        _add_common(action)


def _add_drill(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    lint = actions.add_parser("lint", help="what the author of a case must mend")
    lint.add_argument(
        "path", type=Path, nargs="?", help="a case or a folder; default: the bundled ones"
    )
    running = actions.add_parser("run", help="hold drills unattended and score them")
    running.add_argument("case", type=Path, nargs="?", help="a case or a folder; default: the bundled")
    running.add_argument(
        "--trainee", default="perfect", help="perfect, silent, desk, or a file of steps"
    )
    running.add_argument("--mode", choices=("branching", "play-along"), default="branching")
    for action in (lint, running, actions.add_parser("schema", help="the case format as JSON Schema")):
        _add_common(action)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8345, help="0 takes a free one and prints it")
    parser.add_argument("--db", help="database URL; default: SQLite in the data folder")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument(
        "--plain-http", action="store_true", help="beyond loopback without TLS: behind a proxy only"
    )
    parser.add_argument(
        "--processes",
        type=int,
        choices=range(1, 65),
        default=1,
        metavar="N",
        help="serve in N processes",
    )
    parser.add_argument(
        "--publish", type=Path, nargs="+", metavar="PATH", help="articles, to all seats"
    )
    parser.add_argument(
        "--import-outbox", type=Path, metavar="FILE", help="a seat's tickets; the key on standard input"
    )
    parser.add_argument("--public", action="store_true", help="published articles also for citizens")
    parser.add_argument("--withdraw", metavar="ID", help="take an article off all seats")
    parser.add_argument("--add-seat", metavar="NAME", help="add a seat, print its password, end")
    parser.add_argument("--add-person", metavar="NAME", help="add a person, print the password, end")
    parser.add_argument(
        "--add-api-key", metavar="NAME", help="add a program that sends requests, print its key, end"
    )
    parser.add_argument("--backup", type=Path, metavar="FILE", help="write all data into a file, end")
    parser.add_argument("--restore", type=Path, metavar="FILE", help="fill an empty database, end")
    parser.add_argument("--roles", nargs="+", metavar="ROLE", help="of the person to add")
    parser.add_argument("--unit", default="", help="the handling unit of the person to add")
    parser.add_argument(
        "--verify-audit",
        nargs="?",
        const="",
        metavar="HEAD",
        help="check the chain of the audit log, also against a head noted earlier",
    )


# -- running -------------------------------------------------------------------------------------


def save_report(options: Options) -> Path:
    """Keep the traceback of a bug in the data folder; nothing is sent anywhere."""
    folder = (options.data_dir or default_data_dir("seat")) / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path: Path = folder / "last-error.txt"
    error = sys.exception()
    path.write_text(describe(error) if error is not None else "", encoding="utf-8")
    return path


def keep_log(options: Options) -> None:
    """Log to a rotated file in the data folder; the centre logs to standard error."""
    level = os.environ.get("JIESU_LOG", "WARNING")
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    if options.command == "server":
        from server.logs import log_to_standard_error

        log_to_standard_error()
        return
    path = (options.data_dir or default_data_dir("seat")) / "logs" / "jiesu.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        return  # a folder that cannot be written is reported by whoever needs it
    handler.setFormatter(DiscreetFormatter(form))
    logging.basicConfig(level=level, handlers=[handler])


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = Options(language=None, data_dir=None, json=False, command=None)
    try:
        build_parser().parse_args(arguments, options)
        keep_log(options)
        run: Command = options.run
        return run(options, terminal_for(options))
    except UserError as error:
        terminal_for(options).complain(error)
        return EXIT_ERROR
    except (Cancelled, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_OK
    except Exception:  # noqa: BLE001 - a bug: reported in a file, named on one line
        terminal_for(options).complain(UserError("INTERNAL", path=save_report(options)))
        return EXIT_BUG


if __name__ == "__main__":
    sys.exit(main())

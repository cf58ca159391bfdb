"""The command line of Jiesu Desk 接诉台: parse, compose, run. Documented in docs/cli.md."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import closing
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.command_line import Command, Options, Parser, build_parser
from app.discreet import DiscreetFormatter, describe
from app.interruption import interrupt_at_signals
from app.terminal import EXIT_BUG, EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK, Terminal
from resources.errors import Cancelled, UserError


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
    """Open the window, or tell the one that is open of a call."""
    if options.incoming is not None:
        return run_telephone(options, terminal)
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


def run_telephone(options: Options, terminal: Terminal) -> int:
    """What happens on the line, told to the desk that runs."""
    from app.telephone import command

    folder = options.data_dir or default_data_dir("seat")
    if options.command is None:
        ring = {"event": "ring", "call_id": options.call_id, "number": options.incoming}
        return command.tell(folder, terminal, ring)
    if options.action == "door":
        return command.show_door(folder, terminal)
    if options.action == "follow":
        return command.follow(folder, terminal)
    if (options.action == "replay") != (options.file is not None):
        raise UserError("USAGE", detail="telephone replay FILE | telephone EVENT --call-id ID")
    if options.action == "replay":
        if not 0 <= options.pace <= 10_000:
            raise UserError("USAGE", detail="--pace 0 … 10000")
        return command.replay_file(folder, terminal, options.file, options.pace)
    if not options.call_id and options.action != "ring":
        raise UserError("USAGE", detail="--call-id")
    told = {"number": options.number, "to": options.to, "call_id": options.call_id}
    return command.tell(folder, terminal, {"event": options.action, **told})


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
        from app.knowledge_tools import run_knowledge

        return run_knowledge(desk, terminal, options)


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


def run_diagnose(options: Options, terminal: Terminal) -> int:
    """Look at what the seat needs; works where the desk itself cannot start."""
    from app.diagnosis_command import show_diagnosis

    return show_diagnosis(options.data_dir or default_data_dir("seat"), terminal, options.bundle)


def run_kb_evaluate(options: Options, terminal: Terminal) -> int:
    """Measure the search on a centre's own questions."""
    from app.knowledge_tools import evaluate

    folder = (options.data_dir or default_data_dir("seat")) / "kb-evaluation"
    return evaluate(terminal, options.articles, options.queries, folder, options.words_only)


def run_names(options: Options, terminal: Terminal) -> int:
    """The centre's own places and words."""
    from app.speech_tools import names

    if (options.action == "import") != bool(options.files):
        raise UserError("USAGE", detail="names import FILE… | names list | names clear")
    folder = options.data_dir or default_data_dir("seat")
    return names(folder, terminal, options.action, options.files)


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
        return learning_commands.evaluate_model(
            terminal, options.train, options.test, options.label, options.words_only
        )
    from app.dispatch.learning import CATEGORY_FILE, MODEL_FILE

    folder = options.data_dir or default_data_dir("seat")
    model = options.model or folder / (MODEL_FILE if options.label == "unit" else CATEGORY_FILE)
    return learning_commands.train_model(
        terminal, options.train, options.label, model, options.words_only
    )


def run_server(options: Options, terminal: Terminal) -> int:
    """The reference centre: a task of its administrator, else serve."""
    from server.console import run_task
    from server.run import serve

    folder = options.data_dir or default_data_dir("centre")
    if (status := run_task(options, folder, terminal)) is not None:
        return status
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
    """Lint cases, print their format, hold drills unattended, or check a signed result."""
    from app import drill_commands

    if options.action == "schema":
        return drill_commands.print_schema(terminal)
    if options.action == "lint":
        return drill_commands.lint_cases(terminal, options.path)
    if options.action == "verify":
        return drill_commands.verify_result(terminal, options.file)
    folder = options.data_dir or default_data_dir("seat")
    return drill_commands.run_drills(terminal, folder, options.case, options.trainee, options.mode)


def run_speech(options: Options, terminal: Terminal) -> int:
    """Measure an engine on recordings with known text."""
    from app.speech_tools import evaluate

    return evaluate(terminal, options.manifest, options.engine, options.model)


def run_batch(options: Options, terminal: Terminal) -> int:
    """Hear a folder of recordings again, screen and count them, on many processes."""
    from app.overnight.command import After, batch

    folder = options.data_dir or default_data_dir("seat")
    after: After
    if options.db:
        from functools import partial

        from server.statistics.overnight import after_night

        after = partial(after_night, options.db)
    else:
        from app.overnight.seat import after_seat_night

        after = after_seat_night(folder)
    where = options.out or options.folder / "overnight"
    model = options.model or "whisper-base"
    return batch(terminal, options.folder, where, model, options.workers, options.cluster, after)


def run_report(options: Options, terminal: Terminal) -> int:
    """A daily, weekly or monthly report, of the seat's tickets or of a centre's."""
    from app.reports.command import report
    from app.reports.writing import TEMPLATES
    from app.statistics.page import Dashboard, Period

    folder = options.data_dir or default_data_dir("centre" if options.db else "seat")
    own = options.templates or folder / TEMPLATES

    def ask(period: Period) -> Dashboard:
        if options.db:
            from server.statistics.reporting import page_of

            return page_of(options.db, period)
        from app.workplace import Workplace

        with closing(Workplace(folder)) as desk:
            return desk.statistics.seat().dashboard(period, candidates=True)

    out = options.out or Path.cwd()
    return report(terminal, options.kind, options.day, out, options.forms or (), own, ask)


def run_bench(options: Options, terminal: Terminal) -> int:
    """A benchmark by name; prints figures, never fails on them."""
    from bench.run import run_benchmarks

    wanted = {"events": options.events, "seeds": options.seeds}
    given = {name: value for name, value in wanted.items() if value}
    figures = run_benchmarks(options.name, Path(options.data) if options.data else None, **given)
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show_figures(figures)
    return EXIT_OK


# -- running -------------------------------------------------------------------------------------

COMMANDS: dict[str, Command] = {
    "batch": run_batch,
    "bench": run_bench,
    "calls": run_calls,
    "catalogue": run_catalogue,
    "desk": run_desk,
    "dispatch": run_dispatch,
    "drill": run_drill,
    "diagnose": run_diagnose,
    "kb_evaluate": run_kb_evaluate,
    "models": run_models,
    "names": run_names,
    "report": run_report,
    "safety": run_safety,
    "seat": run_seat_command,
    "server": run_server,
    "speech": run_speech,
    "telephone": run_telephone,
}


def parser() -> Parser:
    """The command line with what it runs."""
    return build_parser(COMMANDS, __doc__ or "")


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
        from server.logs import log_of_a_centre

        log_of_a_centre()
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
    interrupt_at_signals()
    try:
        parser().parse_args(arguments, options)
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

"""The command line of Jiesu Desk 接诉台: parse, compose, run. Documented in docs/cli.md."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from resources.errors import Cancelled, UserError
from resources.texts import text

if TYPE_CHECKING:
    from app.workplace import Workplace

HARMLESS = ("AUDIO_ONE_SIDE",)  # worth a line, but nothing of the call is missing
EXIT_OK, EXIT_ERROR, EXIT_DEGRADED, EXIT_BUG, EXIT_INTERRUPTED = 0, 2, 3, 70, 130

Options = argparse.Namespace
Command = Callable[[Options], int]


def default_data_dir() -> Path:
    """The seat's folder where none is named."""
    import platformdirs

    return Path(platformdirs.user_data_dir("jiesu-desk", appauthor=False)) / "seat"


def language_of(options: Options) -> str:
    """The language of messages: ``--language``, else the seat's setting, else Chinese."""
    if options.language:
        return str(options.language)
    from app.settings import load_settings

    try:
        return load_settings(options.data_dir).language
    except UserError:
        return "zh"


def say(key: str, options: Options, **values: object) -> None:
    """Print a sentence of the ``cli`` text table."""
    print(text(f"cli.{key}", language_of(options), **values), flush=True)


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def open_workplace(options: Options) -> Workplace:
    """The seat's core; nothing is loaded before it is used."""
    from app.workplace import Workplace

    return Workplace(options.data_dir)


# -- commands ------------------------------------------------------------------------------------


def run_desk(options: Options) -> int:
    """Open the window."""
    from ui.main import run

    return run(open_workplace(options), sys.argv[:1])


def run_call(options: Options) -> int:
    """One recorded call through the whole path."""
    from app.printout import analysis_lines, show, timing_lines, transcript_lines
    from app.report import call_json

    with closing(open_workplace(options)) as desk:
        result = desk.process_file(options.audio)
        tickets = desk.submit_all(result.drafts) if options.submit else ()
        if options.json:
            answer = call_json(result.transcript, result.analysis, result.timings)
            print_json({**answer, "ticket_ids": [ticket.id for ticket in tickets]})
        else:
            language = language_of(options)
            print(text("cli.transcript", language))
            show(transcript_lines(result.transcript))
            show(analysis_lines(result.analysis, language))
            show(timing_lines(result.timings, language))
            for ticket in tickets:
                say("saved", options, ticket_id=ticket.id)
        return report_problems(result.problems, options)


def report_problems(problems: Sequence[UserError], options: Options) -> int:
    """One line on stderr for each thing that was missing; the exit status says there was one."""
    for problem in problems:
        print_error(problem, options)
    lasting = [problem for problem in problems if problem.code not in HARMLESS]
    return EXIT_DEGRADED if lasting else EXIT_OK


def run_transcribe(options: Options) -> int:
    """Only the transcript."""
    from app.hearing import transcribe_file
    from app.printout import show, transcript_lines
    from app.report import transcript_json

    with closing(open_workplace(options)) as desk:
        engine = options.engine or "whisper"
        field = "speech_model" if engine == "whisper" else "live_model"
        settings = desk.settings.model_copy(update={field: options.model} if options.model else {})
        result = transcribe_file(options.audio, desk.parts, settings, engine)
    if options.json:
        timings = {"audio_s": round(result.audio_s, 3), "speech_s": round(result.speech_s, 3)}
        print_json({"transcript": transcript_json(result.transcript), "timings": timings})
    else:
        show(transcript_lines(result.transcript))
    problems = [UserError(one.code, **{"detail": one.detail, **one.values}) for one in result.problems]
    return report_problems(problems, options)


def run_suggest(options: Options) -> int:
    """Ticket, articles and units for a text or a dialogue."""
    from app.intake.dialogue import parse_dialogue
    from app.printout import analysis_lines, show
    from app.report import analysis_json

    words = read_stdin() if options.text == "-" else options.text
    with closing(open_workplace(options)) as desk:
        analysis = desk.analyst().analyse(parse_dialogue(words))
    if options.json:
        print_json(analysis_json(analysis))
    else:
        show(analysis_lines(analysis, language_of(options)))
    return EXIT_OK


def read_stdin() -> str:
    """All of standard input as UTF-8."""
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError("TEXT_NOT_UTF8", position=error.start) from error


def run_kb(options: Options) -> int:
    """Import, search or list articles."""
    from app.report import article_json, hit_json

    with closing(open_workplace(options)) as desk:
        knowledge = desk.knowledge()
        if options.action == "import":
            report = knowledge.import_paths(options.paths)
            answer = {
                "imported": report.imported,
                "unchanged": report.unchanged,
                "problems": [
                    {"path": one.path, "code": one.code, "detail": one.detail}
                    for one in report.problems
                ],
            }
            if options.json:
                print_json(answer)
            else:
                counts = {**answer, "problems": len(report.problems)}
                say("kb_imported", options, **counts)
            for one in report.problems:
                print(f"{one.code}: {one.path}: {one.detail}", file=sys.stderr)
            return EXIT_DEGRADED if report.problems else EXIT_OK
        if options.action == "search":
            hits = knowledge.search(options.query, limit=options.limit)
            if options.json:
                print_json([hit_json(hit) for hit in hits])
            else:
                for hit in hits:
                    print(f"{hit.score:6.2f}  {hit.article.id:<32} {hit.article.title}")
            return EXIT_OK
        articles = sorted(desk.parts.store().articles().current(), key=lambda article: article.id)
        if options.json:
            print_json([article_json(article) for article in articles])
        else:
            for article in articles:
                print(f"{article.id:<40} v{article.version}  {article.category}  {article.title}")
        return EXIT_OK


def run_server(options: Options) -> int:
    """The reference centre."""
    from server.run import add_seat, serve

    folder = options.data_dir
    if options.add_seat:
        password = add_seat(options.add_seat, database_url=options.db, data_dir=folder)
        print_json({"seat": options.add_seat, "password": password}) if options.json else print(
            password
        )
        return EXIT_OK
    return serve(
        host=options.host,
        port=options.port,
        database_url=options.db,
        data_dir=folder,
        certificate=options.tls_cert,
        key=options.tls_key,
        allow_plain=options.allow_plain,
    )


def run_sync(options: Options) -> int:
    """Send what waits to the centre, once."""
    from dataclasses import asdict

    from app.desk import OutboxState

    with closing(open_workplace(options)) as desk:
        if options.password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
            server = options.server or desk.settings.server_url
            desk.log_in(server, options.seat or desk.settings.seat, password)
        elif options.server:
            desk.change_settings(desk.settings.model_copy(update={"server_url": options.server}))
        sent = {row.operation_id for row in desk.outbox() if row.state is OutboxState.WAITING}
        report = desk.sync_once()
        numbers = {
            row.ticket_id: row.number
            for row in desk.outbox()
            if row.operation_id in sent and row.number is not None
        }
    if options.json:
        print_json({**asdict(report), "numbers": numbers})
    else:
        for number in numbers.values():
            say("acknowledged", options, number=number)
        say("sync_done", options, **asdict(report))
    return EXIT_DEGRADED if report.refused else EXIT_OK


def run_models(options: Options) -> int:
    """List, install or verify speech models."""
    from dataclasses import asdict

    from app.parts import models_dir
    from app.printout import model_lines, show
    from speech.models import ModelStore

    store = ModelStore(models_dir())
    if options.action == "list":
        states = store.list()
        if options.json:
            print_json([{**asdict(state), "path": str(state.path)} for state in states])
        else:
            show(model_lines(states, language_of(options)))
        return EXIT_OK
    if options.name is None:
        raise UserError("USAGE", detail=f"models {options.action} NAME")
    if options.action == "install":
        quiet = options.quiet or options.json or not sys.stderr.isatty()
        tell = {} if quiet else {"progress": progress}
        store.install(options.name, archive=options.archive, **tell)
    else:
        store.verify(options.name)
    path = store.path(options.name)
    if options.json:
        print_json({"name": options.name, "path": str(path)})
    elif not options.quiet:
        key = "model_installed" if options.action == "install" else "model_verified"
        say(key, options, name=options.name, path=path)
    return EXIT_OK


def progress(done: int, total: int | None) -> None:
    """A line on the terminal that rewrites itself."""
    of_total = f" / {total / 1e6:.0f}" if total else ""
    print(f"\r{done / 1e6:.0f}{of_total} MB", end="", file=sys.stderr, flush=True)


def run_bench(options: Options) -> int:
    """A benchmark by name; prints figures, never fails on them."""
    from bench.run import run_benchmarks

    figures = run_benchmarks(options.name, Path(options.data) if options.data else None)
    if options.json:
        print_json(figures)
    else:
        show_figures(figures)
    return EXIT_OK


def show_figures(figures: Mapping[str, object], indent: int = 0) -> None:
    """Print nested figures, one a line."""
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{'  ' * indent}{name}")
            show_figures(value, indent + 1)
        else:
            print(f"{'  ' * indent}{name:<28} {value}")


# -- parsing -------------------------------------------------------------------------------------


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(prog="main.py", description=__doc__)
    _add_common(parser)
    parser.set_defaults(run=run_desk, json=False, data_dir=None, language=None)
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(name: str, run: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        _add_common(sub)
        sub.set_defaults(run=run)
        return sub

    call = command("call", run_call, "a recorded call: transcript, articles, ticket, units")
    call.add_argument("audio", type=Path)
    call.add_argument("--submit", action="store_true", help="accept the suggestions and submit")
    transcribe = command("transcribe", run_transcribe, "only the transcript of a recorded call")
    transcribe.add_argument("audio", type=Path)
    transcribe.add_argument("--engine", choices=("whisper", "vosk"), default=None)
    transcribe.add_argument("--model", default=None, help="a name of `models list`")
    suggest = command("suggest", run_suggest, "ticket, articles and units for a text")
    suggest.add_argument("text", help="plain words or a dialogue; - reads standard input")
    _add_kb(command("kb", run_kb, "the knowledge base"))
    _add_server(command("server", run_server, "run the reference centre"))
    sync = command("sync", run_sync, "send what waits to the centre, once")
    sync.add_argument("--server", default=None, help="address of the centre")
    sync.add_argument("--seat", default=None, help="name of the seat at the centre")
    sync.add_argument("--password-stdin", action="store_true", help="read the seat's password")
    _add_models(command("models", run_models, "speech models"))
    bench = command("bench", run_bench, "benchmarks")
    bench.add_argument("name", help="a benchmark, or `all`")
    bench.add_argument("--data", type=Path, default=os.environ.get("HOTLINE_DATA") or None)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: an option given before the command must not be reset by the command's default.
    hidden = argparse.SUPPRESS
    parser.add_argument("--json", action="store_true", default=hidden, help="print JSON")
    parser.add_argument("--data-dir", type=Path, default=hidden, help="the seat's folder")
    parser.add_argument("--language", choices=("zh", "en"), default=hidden, help="language of messages")


def _add_kb(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    importing = actions.add_parser("import", help="Markdown, CSV or JSONL files, or folders of them")
    _add_common(importing)
    importing.add_argument("paths", type=Path, nargs="+")
    search = actions.add_parser("search", help="articles for a question")
    _add_common(search)
    search.add_argument("query")
    search.add_argument("--limit", type=int, default=10)
    _add_common(actions.add_parser("list", help="all articles"))


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8345, help="0 takes a free one and prints it")
    parser.add_argument("--db", default=None, help="database URL; default: SQLite in the data folder")
    parser.add_argument("--tls-cert", type=Path, default=None)
    parser.add_argument("--tls-key", type=Path, default=None)
    parser.add_argument("--allow-plain", action="store_true", help="no TLS beyond loopback (proxy)")
    parser.add_argument("--add-seat", metavar="NAME", help="add a seat, print its password, end")


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "install", "verify"))
    parser.add_argument("name", nargs="?", default=None)
    parser.add_argument("--archive", type=Path, default=None, help="install from this local file")
    parser.add_argument("--quiet", action="store_true")


# -- errors --------------------------------------------------------------------------------------


def print_error(error: UserError, options: Options) -> None:
    """One line on stderr: the code, then what happened, what was kept, what to do."""
    sentence = " ".join(error.message(language_of(options)).split())
    print(f"{error.code}: {sentence}", file=sys.stderr, flush=True)


def save_report(options: Options) -> Path:
    """Keep the traceback of a bug in the data folder; nothing is sent anywhere."""
    folder = Path(options.data_dir) / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "last-error.txt"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    logging.basicConfig(level=os.environ.get("JIESU_LOG", "WARNING"), format="%(name)s: %(message)s")
    options = build_parser().parse_args(arguments)
    if options.data_dir is None:
        options.data_dir = default_data_dir()
    run: Command = options.run
    try:
        return run(options)
    except UserError as error:
        print_error(error, options)
        return EXIT_ERROR
    except (Cancelled, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_OK
    except Exception:  # noqa: BLE001 - a bug: reported in a file, named on one line
        print_error(UserError("INTERNAL", path=save_report(options)), options)
        return EXIT_BUG


if __name__ == "__main__":
    sys.exit(main())

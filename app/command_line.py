"""The command line's grammar: every command and option, documented in docs/cli.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NoReturn

from app.terminal import Terminal
from resources.errors import UserError

ENGINES = ("whisper", "vosk", "sherpa")
LINE_EVENTS = ("ring", "answered", "held", "resumed", "transferred", "ended")

Options = argparse.Namespace
Command = Callable[[Options, Terminal], int]


class Parser(argparse.ArgumentParser):
    """Reports a wrong command like every other error: one line with a code."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for anything it does not understand."""
        raise UserError("USAGE", detail=message)


def build_parser(run: Mapping[str, Command], description: str) -> Parser:
    """The whole command line; ``run`` holds what each command does, by name."""
    parser = Parser(prog="main.py", description=description)
    _add_common(parser)
    parser.add_argument("--incoming", metavar="NUMBER", help="a call rings: tell the running desk, end")
    parser.add_argument("--call-id", metavar="ID", help="the telephone's name for that call")
    parser.set_defaults(run=run["desk"])
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")

    def command(name: str, does: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        _add_common(sub)
        sub.set_defaults(run=does)
        return sub

    seat = run["seat"]
    call = command("call", seat, "a call: transcript, articles, ticket, units")
    sound = call.add_mutually_exclusive_group(required=True)
    sound.add_argument("audio", type=Path, nargs="?", help="stereo: left operator, right caller")
    sound.add_argument("--live", action="store_true", help="the sound inputs, until Ctrl+C")
    call.add_argument("--seconds", type=float, help="end after so many seconds")
    call.add_argument("--submit", action="store_true", help="accept the suggestions and submit")
    transcribe = command("transcribe", seat, "only the transcript of a recorded call")
    transcribe.add_argument("audio", type=Path)
    transcribe.add_argument("--engine", choices=ENGINES)
    transcribe.add_argument("--model", help="a name of `models list`")
    export = command("export-transcript", seat, "a call for others, without personal numbers")
    export.add_argument("call", help="a call's id, `last`, or a sound file")
    export.add_argument("target", type=Path, help=".txt, .srt, .json, .docx, .wav or .flac")
    suggest = command("suggest", seat, "ticket, articles and units for a text")
    suggest.add_argument("text", nargs="?", help="plain words or a dialogue; - reads standard input")
    suggest.add_argument("--batch", type=Path, metavar="FILE", help="JSON lines with id and text")
    _add_kb(command("kb", seat, "the knowledge base"), run["kb_evaluate"])
    _add_dispatch(command("dispatch", run["dispatch"], "learn from past tickets where requests go"))
    _add_drill(command("drill", run["drill"], "simulated calls: cases, unattended runs"))
    _add_server(command("server", run["server"], "run the reference centre"))
    sync = command("sync", seat, "send what waits to the centre, once")
    sync.add_argument("--server", help="address of the centre")
    sync.add_argument("--seat", help="name of the seat at the centre")
    sync.add_argument("--password-stdin", action="store_true", help="read the seat's password")
    telephone = command("telephone", run["telephone"], "tell the running desk what a call does")
    telephone.add_argument("action", choices=("door", "replay", "follow", *LINE_EVENTS))
    telephone.add_argument("file", type=Path, nargs="?", help="replay: one JSON line an event")
    telephone.add_argument("--call-id", metavar="ID", help="the telephone's name for the call")
    telephone.add_argument("--number", help="who calls")
    telephone.add_argument("--to", help="where the call was transferred")
    telephone.add_argument("--pace", type=float, default=1.0, help="of a replay; 0 = all at once")
    _add_safety(command, run)
    diagnosis = command("diagnose", run["diagnose"], "look at what this seat needs to work")
    diagnosis.add_argument("--bundle", type=Path, metavar="FILE.zip", help="for whoever helps")
    models = command("models", run["models"], "speech models")
    models.add_argument("action", choices=("list", "install", "verify"))
    models.add_argument("name", nargs="?")
    models.add_argument("--archive", type=Path, help="install from this local file")
    models.add_argument("--quiet", action="store_true")
    names = command("names", run["names"], "the centre's own places (CSV) and words (text)")
    names.add_argument("action", choices=("import", "list", "clear"))
    names.add_argument("files", type=Path, nargs="*", help=".csv: places; else one word a line")
    catalogue = command("catalogue", run["catalogue"], "the dispatch catalogue (CSV, XLSX)")
    catalogue.add_argument("action", choices=("lint", "diff", "export", "replay"))
    catalogue.add_argument("paths", type=Path, nargs="*", help="[OLD] NEW; default OLD: in force")
    catalogue.add_argument("--on", type=date.fromisoformat, help="as it holds on this day")
    catalogue.add_argument("--requests", type=Path, help="replay: a folder of calls, or JSON lines")
    calls = command("calls", run["calls"], "recorded calls against their reference tickets")
    calls.add_argument("action", choices=("evaluate",))
    calls.add_argument("folder", type=Path, help="case files (.json) with their sound beside them")
    calls.add_argument("--text-only", action="store_true", help="only from the true text")
    speech = command("speech", run["speech"], "engines on recordings with known text")
    speech.add_argument("action", choices=("evaluate",))
    speech.add_argument("manifest", type=Path, help="tab-separated columns audio and text")
    speech.add_argument("--engine", choices=ENGINES)
    speech.add_argument("--model", help="a name of `models list`")
    report = command("report", run["report"], "a report as DOCX, XLSX and PDF")
    kinds = ("daily", "weekly", "monthly", "issues", "templates")
    report.add_argument("kind", choices=kinds, help="templates: copies to edit")
    report.add_argument("--day", help="in the period wanted; default: the last whole period")
    report.add_argument("--out", type=Path, help="a folder; default: where you are")
    report.add_argument("--forms", nargs="+", choices=("docx", "xlsx", "pdf"))
    report.add_argument("--templates", type=Path, help="a folder with templates of your own")
    report.add_argument("--db", help="the centre's database; default: this seat's tickets")
    night = command("batch", run["batch"], "a folder of recordings heard again, screened, counted")
    night.add_argument("folder", type=Path, help="recordings, with case files beside some")
    night.add_argument("--out", type=Path, help="outcomes; default: FOLDER/overnight")
    night.add_argument("--model", help="a name of `models list`; default: whisper-base")
    night.add_argument("--workers", type=int, choices=range(257), metavar="N", help="0: no Dask")
    night.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler; default: local")
    night.add_argument("--db", help="the centre whose sums and units follow; default: this seat")
    bench = command("bench", run["bench"], "benchmarks")
    bench.add_argument("name", help="a benchmark, or `all`")
    bench.add_argument("--data", type=Path, default=os.environ.get("HOTLINE_DATA"))
    bench.add_argument("--events", type=int, metavar="N", help="monkey: in all; default: a million")
    bench.add_argument("--seeds", type=int, nargs="+", metavar="SEED", help="monkey: default 1 … 10")
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: an option given before the command must not be reset by the command's default.
    hidden = argparse.SUPPRESS
    parser.add_argument("--json", action="store_true", default=hidden, help="print JSON")
    parser.add_argument("--data-dir", type=Path, default=hidden, help="the folder of all data")
    parser.add_argument("--language", choices=("zh", "en"), default=hidden, help="of messages")


def _add_safety(
    command: Callable[[str, Command, str], argparse.ArgumentParser], run: Mapping[str, Command]
) -> None:
    outbox = command("outbox", run["seat"], "what the centre does not have yet")
    outbox.add_argument("action", choices=("list", "retry", "export", "import"))
    outbox.add_argument("file", type=Path, nargs="?", help="import reads its key from standard input")
    recovery = command("recovery", run["safety"], "the recovery key: make, check, use")
    recovery.add_argument("action", choices=("make", "check", "use"))
    backup = command("backup", run["safety"], "copies of the seat's database")
    backup.add_argument("action", choices=("take", "list", "restore"))
    backup.add_argument("copy", type=Path, nargs="?", help="default: all, or the newest to restore")
    salvage = command("salvage", run["safety"], "export what a damaged database still holds")
    salvage.add_argument("target", type=Path, help="a new file, JSON lines, not encrypted")
    salvage.add_argument("--database", type=Path, help="default: the seat's; also one set aside")
    salvage.add_argument("--recovery-key-stdin", action="store_true", help="instead of the keyring")


def _add_kb(parser: argparse.ArgumentParser, evaluate: Command) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    importing = actions.add_parser("import", help="articles and documents, or folders of them")
    importing.add_argument("paths", type=Path, nargs="+")
    exporting = actions.add_parser("export", help="the seat's articles as a file or a folder")
    exporting.add_argument("target", type=Path, help="ends in .csv .xlsx .jsonl .html .docx .pdf")
    exporting.add_argument("ids", nargs="*", metavar="ID", help="default: all articles")
    linting = actions.add_parser("lint", help="what an editor must mend in articles")
    linting.add_argument("paths", type=Path, nargs="*", help="default: the seat's articles")
    search = actions.add_parser("search", help="articles for a question")
    search.add_argument("query")
    search.add_argument("--limit", type=int, default=10)
    evaluation = actions.add_parser("evaluate", help="how well questions find known answers")
    evaluation.add_argument("--articles", type=Path, nargs="+", required=True, help="as for import")
    evaluation.add_argument("--queries", type=Path, required=True, help="JSONL: text, relevant")
    evaluation.add_argument("--words-only", action="store_true", help="without meaning")
    evaluation.set_defaults(run=evaluate)
    listing = actions.add_parser("list", help="all articles")
    overview = actions.add_parser("overview", help="what waits for the editor")
    use = actions.add_parser("use", help="what was learned from use, and forgetting it")
    use.add_argument("--forget", metavar="ID", help="take back what was learned about an article")
    use.add_argument("--forget-all", action="store_true", help="take back everything")
    for action in (importing, exporting, linting, search, evaluation, listing, overview, use):
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
        action.add_argument("--words-only", action="store_true", help="without sentence embeddings")
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
    verifying = actions.add_parser("verify", help="check the signed result of an exam")
    verifying.add_argument("file", type=Path)
    schema = actions.add_parser("schema", help="the case format as JSON Schema")
    for action in (lint, running, verifying, schema):
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
    parser.add_argument(
        "--publish-reference",
        nargs=2,
        metavar=("NAME", "FILE"),
        help="catalogue, units, places, words, policy or rules.BOOK, to all seats",
    )
    parser.add_argument(
        "--withdraw-reference", metavar="NAME", help="let what ships with the program hold again"
    )
    parser.add_argument(
        "--list-reference", action="store_const", const=True, help="what is published of it"
    )
    parser.add_argument(
        "--new-update-key",
        type=Path,
        metavar="KEY",
        help="make a key to sign news of updates with, print the public one, end",
    )
    parser.add_argument(
        "--sign-update",
        type=Path,
        nargs=2,
        metavar=("NOTES", "KEY"),
        help="sign version, date, zh and en of a YAML file; prints what to publish as `update`",
    )
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
        "--forget-caller",
        action="store_const",
        const=True,
        help="delete what is known of a caller; the telephone number comes on standard input",
    )
    parser.add_argument(
        "--forget-ticket", metavar="NUMBER", help="delete what is known of a ticket's caller"
    )
    parser.add_argument(
        "--retire", action="store_const", const=True, help="delete what was kept long enough"
    )
    parser.add_argument(
        "--verify-audit",
        nargs="?",
        const="",
        metavar="HEAD",
        help="check the chain of the audit log, also against a head noted earlier",
    )

"""Commands on articles: importing, checking, measuring a search."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.report import article_json, hit_json
from app.terminal import EXIT_DEGRADED, EXIT_OK, Terminal
from resources.errors import UserError
from resources.texts import text

if TYPE_CHECKING:
    from app.workplace import Workplace

_TELL_EVERY_S = 10.0


def run_knowledge(desk: Workplace, terminal: Terminal, options: argparse.Namespace) -> int:
    """One of the actions of ``kb`` that work on the seat's articles."""
    match options.action:
        case "import":
            return import_articles(desk, terminal, options.paths)
        case "export":
            return export_articles(desk, terminal, options.target, options.ids)
        case "lint":
            return lint_articles(desk, terminal, options.paths)
        case "use":
            return show_use(desk, terminal, options.forget, options.forget_all)
        case "overview":
            return show_overview(desk, terminal)
        case "search":
            return search_articles(desk, terminal, options.query, options.limit)
    return list_articles(desk, terminal)


def import_articles(desk: Workplace, terminal: Terminal, paths: Sequence[Path]) -> int:
    """Import files or folders; what could not be read is named, the rest is there.

    Interrupted, it goes on where it was when it is called again.
    """
    watched = sys.stderr.isatty() and not terminal.json
    report = desk.knowledge().import_paths(paths, _show_files if watched else None)
    if terminal.json:
        terminal.print_json(asdict(report))
    else:
        counts = {"imported": report.imported, "unchanged": report.unchanged}
        terminal.say("kb_imported", **counts, problems=len(report.problems))
        for first, second, share in report.alike:
            terminal.say("kb_alike", first=first, second=second, share=f"{share:.0%}")
    for one in report.problems:
        print(f"{one.code}: {one.path}: {one.detail}", file=sys.stderr)
    return EXIT_DEGRADED if report.problems else EXIT_OK


def export_articles(desk: Workplace, terminal: Terminal, target: Path, ids: Sequence[str]) -> int:
    """Write articles in the form that the name of ``target`` ends in; a folder has no ending."""
    count = desk.articles.export(target, terminal.language, ids)
    if terminal.json:
        terminal.print_json({"exported": count, "path": target})
    else:
        terminal.say("kb_exported", count=count, path=target)
    return EXIT_OK


def _show_files(done: int, total: int) -> None:
    print(f"\r{done} / {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def lint_articles(desk: Workplace, terminal: Terminal, paths: Sequence[Path]) -> int:
    """What an editor must mend, in files and folders, or without them in the seat's own articles."""
    from knowledge_base.importers import read_paths
    from knowledge_base.lint import lint

    if paths:
        articles, problems = read_paths(paths)
    else:
        desk.knowledge()  # which puts in the articles that come with the desk
        articles, problems = tuple(desk.parts.store().articles().current()), ()
    findings = lint(articles, date.today())
    if terminal.json:
        rows = [
            asdict(one) | {"error": one.is_error, "message": one.message(terminal.language)}
            for one in findings
        ]
        terminal.print_json({"articles": len(articles), "findings": rows})
    else:
        terminal.show(f"{one.article_id}  {one.message(terminal.language)}" for one in findings)
        terminal.say("kb_linted", articles=len(articles), findings=len(findings))
    for problem in problems:
        print(f"{problem.code}: {problem.path}: {problem.detail}", file=sys.stderr)
    bad = problems or any(one.is_error for one in findings)
    return EXIT_DEGRADED if bad else EXIT_OK


def search_articles(desk: Workplace, terminal: Terminal, query: str, limit: int) -> int:
    """Articles for a question, best first."""
    hits = desk.search(query, limit)
    if terminal.json:
        terminal.print_json([hit_json(hit) for hit in hits])
    else:
        if meant := desk.knowledge().did_you_mean(query):
            terminal.say("kb_did_you_mean", query=meant)
        terminal.show(f"{hit.score:6.2f}  {hit.article.id:<32} {hit.article.title}" for hit in hits)
    return EXIT_OK


def list_articles(desk: Workplace, terminal: Terminal) -> int:
    """All articles in their newest version."""
    desk.knowledge()  # which puts in the articles that come with the desk
    articles = sorted(desk.parts.store().articles().current(), key=lambda article: article.id)
    if terminal.json:
        terminal.print_json([article_json(article) for article in articles])
    else:
        terminal.show(f"{a.id:<40} v{a.version}  {a.category}  {a.title}" for a in articles)
    return EXIT_OK


def show_use(desk: Workplace, terminal: Terminal, forget: str | None, everything: bool) -> int:
    """What was learned from use at this seat; ``forget`` takes an article's back, or everything's."""
    if forget is not None or everything:
        gone = desk.articles.forget(None if everything else forget)
        terminal.print_json({"forgotten": gone}) if terminal.json else print(gone)
        return EXIT_OK
    likings = desk.articles.likings()
    rows = [
        {"id": name, **counts, "factor": round(likings[name], 3)}
        for name, counts in desk.articles.used().items()
    ]
    if terminal.json:
        terminal.print_json(rows)
    else:
        terminal.show("  ".join(f"{key}={value}" for key, value in row.items()) for row in rows)
    return EXIT_OK


def show_overview(desk: Workplace, terminal: Terminal) -> int:
    """What waits for the editor: gaps, searches in vain, reviews due, most cited and doubted."""
    desk.knowledge()
    found = desk.articles.overview(date.today())
    clusters = {"gaps": found.gaps, "in_vain": found.in_vain}
    counted = {"cited": found.cited, "doubted": found.doubted}
    answer: dict[str, list[dict[str, object]]] = {
        name: [{"words": one.name, "count": one.count, "wordings": one.wordings} for one in each]
        for name, each in clusters.items()
    }
    answer["due"] = [{"id": one.id, "review": one.review, "owner": one.owner} for one in found.due]
    for name, rows in counted.items():
        answer[name] = [{"id": article.id, "count": count} for article, count in rows]
    if terminal.json:
        terminal.print_json(answer)
    else:
        for name, each in answer.items():
            terminal.show([f"== {name}", *("  ".join(map(str, row.values())) for row in each)])
    return EXIT_OK


def evaluate(
    terminal: Terminal, articles: Sequence[Path], questions: Path, folder: Path, words_only: bool
) -> int:
    """Print nDCG@10, hit@1, hit@5, MRR and latency of the search on questions with known answers.

    ``folder`` keeps the computed embeddings for the next time. Waits until all are there.
    """
    from app.meaning_model import open_embedder
    from app.parts import models_dir
    from knowledge_base.evaluation import evaluate as measure
    from knowledge_base.evaluation import read_questions
    from knowledge_base.importers import read_paths
    from knowledge_base.search import KnowledgeBase
    from knowledge_base.store import FolderStore
    from speech.models import ModelStore

    asked = read_questions(questions)
    found, problems = read_paths(articles)
    for one in problems:
        print(f"{one.code}: {one.path}: {one.detail}", file=sys.stderr)
    status = EXIT_DEGRADED if problems else EXIT_OK
    embedder = None
    if not words_only:
        try:
            embedder = open_embedder(ModelStore(models_dir()))
        except UserError as error:
            status = terminal.complain_of([error])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        store = FolderStore(Path(name) / "store")
        store.put(found)
        knowledge = KnowledgeBase(store, Path(name) / "index", embedder=embedder, vectors_dir=folder)
        with closing(knowledge):
            while not knowledge.wait_for_meaning(_TELL_EVERY_S):
                state = knowledge.meaning()
                if state is None:
                    break
                said = text("cli.kb_embedding", terminal.language, ready=state.ready, total=state.total)
                print(said, file=sys.stderr, flush=True)
            figures = measure(lambda words: [hit.article.id for hit in knowledge.search(words)], asked)
            by_meaning = knowledge.meaning() is not None
    if terminal.json:
        terminal.print_json({**figures, "by_meaning": by_meaning})
    else:
        terminal.show_figures(figures)
    return status

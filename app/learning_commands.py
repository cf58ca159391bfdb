"""The commands `dispatch train` and `dispatch evaluate`: learn from past tickets, and how well."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from app.dispatch.learning.evaluation import evaluate, timed
from app.dispatch.learning.examples import read_examples
from app.dispatch.learning.file import load_model, save_model
from app.dispatch.learning.training import train
from app.meaning_model import open_embedder
from app.parts import models_dir
from app.terminal import EXIT_OK, Terminal
from knowledge_base.embedding import Embedder, quick_embedder
from resources.errors import UserError
from speech.models import ModelStore


def train_model(terminal: Terminal, past: Path, label: str, path: Path, words_only: bool) -> int:
    """Train on a CSV file of past tickets and write the model."""
    examples = read_examples(past, label)
    embedder = _embedder(terminal, words_only)
    model, seconds = timed(lambda: train(examples, embedder))
    path.parent.mkdir(parents=True, exist_ok=True)
    megabytes = round(save_model(model, path) / 1e6, 2)
    facts = {"rows": len(examples), "skipped": examples.skipped, "labels": len(model.labels)}
    figures: dict[str, Any] = {
        **facts,
        "meaning": _name(embedder),
        "fit_seconds": seconds,
        "model_mb": megabytes,
        "path": path,
    }
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.say("dispatch_trained", **figures)
    return EXIT_OK


def evaluate_model(terminal: Terminal, past: Path, test: Path, label: str, words_only: bool) -> int:
    """Train on one file, predict another; the model is judged as it is read back from its file."""
    unseen = read_examples(test, label)
    examples = read_examples(past, label)
    embedder = _embedder(terminal, words_only)
    model, seconds = timed(lambda: train(examples, embedder))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        megabytes = round(save_model(model, path) / 1e6, 2)
        figures = evaluate(load_model(path, lambda: embedder or quick_embedder()), unseen)
    figures |= {"fit_seconds": seconds, "model_mb": megabytes, "meaning": _name(embedder)}
    figures |= {"rows": {"train": len(examples), "test": len(unseen)}}
    if terminal.json:
        terminal.print_json(figures)
    else:
        terminal.show_figures(figures)
    return EXIT_OK


def _embedder(terminal: Terminal, words_only: bool) -> Embedder | None:
    """The embedder of the knowledge base; where there is none that is said, and words must do."""
    if words_only:
        return None
    try:
        return open_embedder(ModelStore(models_dir()), quick=True)
    except UserError as error:
        terminal.complain(UserError("LEARNING_WORDS_ONLY", detail=error.values.get("detail", "")))
        return None


def _name(embedder: Embedder | None) -> str | None:
    return embedder.name if embedder else None

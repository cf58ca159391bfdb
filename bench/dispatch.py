"""Dispatch learnt from past tickets: ours, linear SVC and complement naive Bayes in one run.

Needs ``dispatch/*_train.csv`` and ``dispatch/*_dev.csv`` (columns ``text``, ``unit``, ``category``)
in the measurement data. Growth repeats the rows and drops a tenth of their characters: for time and
size only, the quality of such rows means nothing.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from app.dispatch.learning.evaluation import evaluate, halves, timed
from app.dispatch.learning.examples import LABELS, Examples, read_examples
from app.dispatch.learning.file import load_model, save_model
from app.dispatch.learning.training import MOST_MEANT, MOST_TICKETS, train
from knowledge_base.embedding import Embedder, quick_embedder
from resources.errors import UserError

LONGEST_FIT = 300.0
"""Seconds; a growth step that would take longer is left out and named."""
STEPS = (10, 100)


def run(data: Path | None) -> dict[str, Any]:
    """All figures for both labels, and how time and size grow with the rows."""
    folder = data / "dispatch" if data is not None else None
    pair = [sorted(folder.glob(f"*_{part}.csv")) for part in ("train", "dev")] if folder else []
    if not pair or not all(pair):
        return {"skipped": "no `dispatch/*_train.csv` and `*_dev.csv` in the measurement data"}
    figures: dict[str, Any] = {}
    for label in LABELS:
        past, test = (read_examples(paths[0], label) for paths in pair)
        figures[label] = {
            "ours": ours(past, test),
            "linear_svc": baseline(LinearSVC(C=0.5), past, test),
            "complement_nb": baseline(ComplementNB(alpha=0.3), past, test),
        }
    unit = figures["unit"]["ours"]
    past, test = (read_examples(paths[0], "unit") for paths in pair)
    figures["growth"] = growth(past, test.newest(200), float(unit["fit_seconds"]))
    return figures


def ours(past: Examples, test: Examples) -> dict[str, Any]:
    """Our figures, from a model that went through its file."""
    model, seconds = timed(lambda: train(past, embedder()))
    meaning = model.meaning.embedder.name if model.meaning else None
    with tempfile.TemporaryDirectory() as folder:
        size = save_model(model, Path(folder) / "model.npz")
        figures = evaluate(load_model(Path(folder) / "model.npz"), test)
    return {**figures, "fit_seconds": seconds, "model_mb": round(size / 1e6, 2), "meaning": meaning}


def embedder() -> Embedder | None:
    """The embedder of the command; where there is none, words must do, and the figures say so."""
    try:
        return quick_embedder()
    except UserError:
        return None


def baseline(classifier: Any, past: Examples, test: Examples) -> dict[str, Any]:
    """A classifier on TF-IDF of one to three characters and words; only its order counts."""
    common = {"sublinear_tf": True, "dtype": np.float32}
    features = FeatureUnion(
        [
            ("pieces", TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, **common)),
            ("words", TfidfVectorizer(tokenizer=rjieba.cut, token_pattern=None, **common)),
        ]
    )
    pipeline = Pipeline([("features", features), ("classifier", classifier)])
    began = time.perf_counter()
    pipeline.fit(past.texts, past.labels)
    seconds = time.perf_counter() - began
    score: Callable[..., Any] = getattr(pipeline, "decision_function", None) or pipeline.predict_proba
    columns = {label: at for at, label in enumerate(classifier.classes_)}
    places = 1 / (1 + np.argsort(np.argsort(-np.asarray(score(test.texts)), axis=1), axis=1))
    figures = halves(places.astype(np.float32), [columns.get(label, -1) for label in test.labels])
    for part in (figures, figures["half_a"], figures["half_b"]):
        del part["ece"], part["coverage_at_95"]
    return {**figures, "fit_seconds": round(seconds, 2)}


def growth(past: Examples, test: Examples, seconds: float) -> dict[str, Any]:
    """Time and size at ten and a hundred times the rows."""
    most = MOST_MEANT if embedder() else MOST_TICKETS
    figures: dict[str, Any] = {"learns_from_newest": most}
    for times in STEPS:
        learnt = min(len(past) * times, most)
        if (expected := seconds * learnt / len(past) * 1.5) > LONGEST_FIT:
            figures[f"x{times}"] = {"skipped": f"would take about {expected:.0f} s"}
            continue
        rows = repeated(past, times)
        figures[f"x{times}"] = {"rows": len(rows), **_size(ours(rows, test))}
    return figures


def _size(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figures[name] for name in ("fit_seconds", "p95_ms", "model_mb")}


def repeated(past: Examples, times: int) -> Examples:
    """The rows many times over, each with about a tenth of its characters gone (seeded)."""
    chance = random.Random(12345)
    texts = tuple(
        "".join(char for char in text if chance.random() > 0.1) or text
        for _ in range(times)
        for text in past.texts
    )
    return Examples(past.label, texts, past.labels * times, past.beside * times)

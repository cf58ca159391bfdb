"""False emergency prompts: how often an ordinary utterance would flash an emergency line.

The utterances are past tickets of the measurement data and ``ordinary.txt`` (denied, joked, quoted,
imagined and settled dangers, written for this). A prompt counts as false unless its text was read and
judged a danger at hand; of those texts only digests are kept here.
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.call import Speaker, Utterance
from app.intake.rulebook import rule_book

BOOKS = ("emergency", "channels", "risks", "types", "handling", "caller", "history")
REAL_DANGERS = frozenset(
    (
        "7075cdb74e71",
        "8ed8a0653cbd",
        "f8d08841f59d",
        "477fa9b0eee5",
        "735cc3f4da3c",
        "6e9e4c7706c2",
        "496c43642f05",
        "61343cf32f59",
        "c416c4aa818d",
        "87f512e032ca",
        "915f2064dcbf",
    )
)
"""Beginnings of SHA-256 of tickets that tell of a danger at hand; a prompt there is right."""


def run(data: Path | None) -> dict[str, Any]:
    """Prompts and false prompts of either source, the time of one utterance, and the rules' tests."""
    figures: dict[str, Any] = {"own": prompts(_own())}
    folder = data / "dispatch" if data is not None else None
    files = sorted(folder.glob("*.csv")) if folder else []
    if files:
        figures["past_tickets"] = prompts(text for path in files for text in _tickets(path))
    figures["rule_sentences"] = {
        name: sum(len(rule.fires) + len(rule.silent) for rule in rule_book(name).rules)
        for name in BOOKS
    }
    figures["rule_sentences_total"] = sum(figures["rule_sentences"].values())
    return figures


def prompts(texts: Iterator[str]) -> dict[str, Any]:
    """What the emergency rules say to some utterances of callers."""
    book = rule_book("emergency")
    fired: Counter[str] = Counter()
    false, took = 0, []
    for number, text in enumerate(texts):
        said = Utterance(f"u{number}", Speaker.CALLER, 0.0, 0.0, text, text, "text")
        began = time.perf_counter()
        hit = book.first([said])
        took.append(1000 * (time.perf_counter() - began))
        if hit is not None:
            fired[hit.rule.name] += 1
            false += hashlib.sha256(text.encode()).hexdigest()[:12] not in REAL_DANGERS
    return {
        "utterances": len(took),
        "prompts": sum(fired.values()),
        "false": false,
        "false_per_500": round(500 * false / max(len(took), 1), 3),
        "p50_ms": round(float(np.percentile(took, 50)), 3),
        "p95_ms": round(float(np.percentile(took, 95)), 3),
        "by_rule": dict(fired.most_common()),
    }


def _own() -> Iterator[str]:
    content = Path(__file__).with_name("ordinary.txt").read_text(encoding="utf-8")
    for line in content.splitlines():
        if line and not line.startswith("#"):
            yield line


def _tickets(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"].strip()

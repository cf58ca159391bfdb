"""How much text repair mends, how little it breaks, and how long it takes.

Three kinds of text: names of the whole city made wrong by a confusion model; the calls of the data
folder, made wrong the same way or, if ``HOTLINE_HEARD`` names a folder of ``*.json`` with the turns
of calls (``true``, ``heard``), as an engine really heard them; and real sentences that are right.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from bench.mishearing import misheard
from resources.places import bundled_gazetteer
from speech.repair import PlaceContext, Repaired, Repairer
from speech.repair.simplified import simplify
from speech.utterance import Speaker, Utterance

_FRAMES = (
    "我住在{district}{street}{place}",
    "{district}{street}这边有个工地晚上一直施工",
    "你好我在{district}{street}的一家店里买了东西",
    "就是{district}{street}{place}楼下的路灯坏了三天了",
)
_SEED = 12345
_ROOT = Path(__file__).resolve().parent.parent


def run(data: Path | None) -> dict[str, Any]:
    """The figures; those that need the data folder or real heard text are left out without it."""
    repairer = Repairer()
    repairer.repair("朝阳区望京街道花家地西里")  # build the index before the clock runs
    figures: dict[str, Any] = {"gazetteer": gazetteer(), "streets": _streets(repairer, 300)}
    heard = os.environ.get("HOTLINE_HEARD")
    if data is not None and (data / "calls").is_dir():
        calls = [_call(path, None) for path in sorted((data / "calls").glob("*.json"))]
        figures["calls_made_wrong"] = _calls(repairer, calls)
        figures["right_sentences"] = _right(repairer, data)
    if heard:
        calls = [_call(path, "heard") for path in sorted(Path(heard).glob("*.json"))]
        figures["calls_heard"] = _calls(repairer, calls)
    return figures


def gazetteer() -> dict[str, Any]:
    """What the gazetteer holds, and how long a new process takes to read it."""
    code = "import time;b=time.perf_counter();g=bundled_gazetteer();print(time.perf_counter()-b)"
    command = [sys.executable, "-c", "from resources.places import bundled_gazetteer;" + code]
    took = [float(subprocess.check_output(command, cwd=_ROOT)) for _ in range(3)]
    known = bundled_gazetteer()
    kinds = Counter(place.kind.value for place in known.places)
    return {
        "load_ms": round(1000 * min(took), 1),
        "districts": len(known.districts),
        "streets": len(known.streets),
        **dict(sorted(kinds.items())),
    }


def _streets(repairer: Repairer, count: int) -> dict[str, Any]:
    """District and street of made-up sentences about streets all over the city."""
    rng = random.Random(_SEED)
    gazetteer = bundled_gazetteer()
    inside: dict[str, list[str]] = {}
    for place in gazetteer.places:
        if place.street is not None and len(place.name) > 2:
            inside.setdefault(place.street, []).append(place.name)
    good = {"district": 0, "street": 0}
    milliseconds = []
    for number in range(count):
        street = rng.choice(gazetteer.streets)
        inner = rng.choice(inside.get(street.name, [""]))
        said = _FRAMES[number % len(_FRAMES)].format(
            district=street.district, street=rng.choice((street.name, *street.twins)), place=inner
        )
        started = time.perf_counter()
        repaired = repairer.repair(misheard(said, rng))
        milliseconds.append(1000 * (time.perf_counter() - started))
        names = {p.street for p in repaired.places if p.district == street.district}
        good["district"] += any(p.district == street.district for p in repaired.places)
        good["street"] += bool(names & {street.name, *street.twins})
    return {"n": count, **{k: round(v / count, 3) for k, v in good.items()}, **_times(milliseconds)}


def _call(path: Path, field: str | None) -> dict[str, Any]:
    call = json.loads(path.read_text(encoding="utf-8"))
    rng = random.Random(path.name)
    for turn in call["turns"]:
        turn.setdefault("true", turn.get("text", ""))
        turn["heard"] = turn[field] if field else misheard(turn["true"], rng, 0.5)
    return dict(call)


def _calls(repairer: Repairer, calls: Iterable[dict[str, Any]]) -> dict[str, Any]:
    counts = dict.fromkeys(("district", "districts", "street", "streets", "length"), 0)
    errors = {"cer_heard": 0, "cer": 0, "cer_heard_digits": 0, "cer_digits": 0}
    milliseconds = []
    for call in calls:
        memory = repairer.for_call()
        for number, turn in enumerate(call["turns"]):
            utterance = Utterance(
                str(number), Speaker(turn["speaker"]), turn["start"], turn["end"],
                turn["heard"], turn["heard"], "bench",
            )  # fmt: skip
            started = time.perf_counter()
            text = memory.repair_utterance(utterance).text
            milliseconds.append(1000 * (time.perf_counter() - started))
            counts["length"] += len(_plain(turn["true"]))
            for suffix, digits in (("", False), ("_digits", True)):
                true = _plain(turn["true"], digits)
                errors["cer_heard" + suffix] += Levenshtein.distance(
                    true, _plain(turn["heard"], digits)
                )
                errors["cer" + suffix] += Levenshtein.distance(true, _plain(text, digits))
        _score(call["reference"], memory.context, counts)
    length = max(1, counts.pop("length"))
    return {
        **counts,
        **{name: round(value / length, 4) for name, value in errors.items()},
        **_times(milliseconds),
    }


def _score(reference: dict[str, Any], context: PlaceContext, counts: dict[str, int]) -> None:
    district = max(context.districts, key=lambda name: context.districts[name], default=None)
    _, street = max(context.streets, key=lambda key: context.streets[key], default=(None, None))
    if reference.get("district"):
        counts["districts"] += 1
        counts["district"] += district == reference["district"]
    if reference.get("street"):
        counts["streets"] += 1
        counts["street"] += street in (reference.get("street_ok") or [reference["street"]])


def _right(repairer: Repairer, data: Path) -> dict[str, Any]:
    """What repair changes in texts that are right: place changes per 1,000 characters."""
    sentences = _aishell(data / "speech" / "aishell1.tsv")
    with_context = PlaceContext({"朝阳区": 2.0}, {("朝阳区", "望京街道"): 2.0})
    length = sum(len(sentence) for sentence in sentences)
    changed: list[Repaired] = []
    for context in (None, with_context):
        changed += [repairer.repair(sentence, context) for sentence in sentences]
    false = [edit for repaired in changed for edit in repaired.edits if edit.rule in ("place", "house")]
    worse = sum(
        _plain(repaired.text, digits=True) != _plain(sentence, digits=True)
        for repaired, sentence in zip(changed, sentences * 2, strict=True)
    )
    per_thousand = 1000 * len(false) / max(1, 2 * length)
    return {"characters": length, "false_places_per_1000": round(per_thousand, 2), "changed": worse}


def _aishell(path: Path) -> list[str]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t")]


def _plain(text: str, digits: bool = False) -> str:
    """``text`` in simplified characters without marks; with ``digits`` 一二三 counts as 123."""
    text = re.sub(r"\W", "", simplify(text))
    return text.translate(str.maketrans("零〇幺一二三四五六七八九", "001123456789")) if digits else text


def _times(milliseconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(milliseconds) or [0.0]
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


if __name__ == "__main__":
    folder = os.environ.get("HOTLINE_DATA")
    print(json.dumps(run(Path(folder) if folder else None), ensure_ascii=False, indent=1))

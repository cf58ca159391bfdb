"""Documents of reference data: good ones of every kind, and broken ones of most."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.reference.reading import BOOKS
from app.reference.update import new_key, sign
from resources.loader import read_text

CATALOGUE = read_text("catalogue", "catalogue.csv")
PLACES = "name,kind,street,district\n海棠雅筑,neighbourhood,望京街道,朝阳区\n"
UNITS = "name,kind,district,street,aliases,contact\n朝阳区水务局,区水务局,朝阳区,,水管所,010-12345678\n"
GUARDS = read_text("rules", "guards.yaml")


def signed_update(version: str = "9.1") -> str:
    """News of a release, signed with a key of its own."""
    with tempfile.TemporaryDirectory() as folder:
        key, notes = Path(folder, "key"), Path(folder, "notes")
        new_key(key)
        notes.write_text(f"version: '{version}'\ndate: 2026-12-01\nzh: 更快。\nen: Faster.\n", "utf-8")
        return sign(notes, key)


GOOD = {
    "catalogue": CATALOGUE.replace("停水", "断供水", 1),
    "units": UNITS,
    "places": PLACES,
    "words": "云启物业\n",
    "modules": "回访: 请于{date}回访{caller}。\n",
    "synonyms": "groups:\n- {say: [天上下刀子], mean: [冰雹]}\n",
    "guards": GUARDS.replace("就像|", "就像|恰似|"),
    "policy": "login_required: true\noffline_days: 3\n",
    "update": signed_update(),
    **{f"rules.{book}": read_text("rules", f"{book}.yaml") for book in BOOKS},
}
BROKEN = {
    "catalogue": [
        "",
        "code,level1\n01,水\n",
        CATALOGUE.replace("street", "moon", 1) if "street" in CATALOGUE else "x",
        CATALOGUE + CATALOGUE.splitlines()[1] + "\n",  # a code twice
        CATALOGUE[: len(CATALOGUE) // 2],
    ],
    "units": ["", "name\nx\n", UNITS.replace("区水务局", "月球局")],
    "places": ["", PLACES.replace("neighbourhood", "planet"), PLACES.replace("朝阳区", "月球区")],
    "words": ["x\n", "y" * 200],
    "synonyms": [
        *("", "[]", "groups: []", "groups: [{say: [停], mean: [停水]}]", "groups: [{say: [停水]}]"),
        *("groups: [{say: [停水], mean: []}]", "groups: [{say: 停水, mean: [供水]}]"),
        "groups: [{say: [停水], mean: [1]}]",
    ],
    "guards": [
        *("", "guards: {}", "guards: {nothing: {before: [没]}}", "guards: {negation: {befor: [没]}}"),
        *("guards: {negation: {before: ['(']}}", "guards: {negation: {before: 没}}"),
        "guards: {negation: {before: [一点也不会出现]}}",  # then the rules' own sentences fail
    ],
    "update": [
        *("", "[]", "{}", "null", '{"manifest": "{}", "key": "", "signature": ""}', "[" * 9_000),
        signed_update().replace("9.1", "9.2"),
        "x" * 30_000,
    ],
    "policy": ["[1]", "offline_days: 0", "lock_after: 3", "login_required: {", "a: &a [*a]"],
    "rules.types": [
        "",
        "rules: []",
        "[]",
        "rules: [{name: x}]",
        "rules: [{name: x, says: ['('], gives: {type: 投诉, weight: 1}, fires: [a], silent: [b]}]",
        "rules: [{name: x, says: [水], gives: {type: 投诉}, fires: [水], silent: [火]}]",
        "rules: [{name: x, says: [水], gives: {type: 怨言, weight: 1}, fires: [水], silent: [火]}]",
        "rules: [{name: x, says: [水], gives: {type: 投诉, weight: 1, b: 1}, fires: [水]}]",
        "rules: [{name: x, says: [水], gives: {type: 投诉, weight: 1}, fires: [火], silent: [水]}]",
    ],
}

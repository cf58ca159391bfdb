"""Write ``resources/gazetteer/readings.csv``: how every bundled place name is read out.

To be run after the gazetteer changed; a test compares the file with the names.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from resources.places import bundled_gazetteer  # noqa: E402
from speech.repair.spellings import read_out, spellings_of  # noqa: E402


def main() -> None:
    """Write the file."""
    names = sorted({spelling.text for spelling in spellings_of(bundled_gazetteer())})
    path = ROOT / "resources" / "gazetteer" / "readings.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "syllables"))
        rows.writerows((name, " ".join(read_out(name))) for name in names)


if __name__ == "__main__":
    main()

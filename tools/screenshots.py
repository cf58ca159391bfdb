"""Pictures of the running program: those of the documentation, or of every page in every state.

``python -m tools.screenshots`` takes the pictures of the documentation. ``--tour DIR`` takes every
scene of ``bench/page_scenes.py`` in both languages, light and dark, on a screen of 1366 × 768 and on
one of 1920 × 1080 with 150 %, and once in high contrast; looks for what an eye would find wrong
(``bench/looks.py``), and lays contact sheets and ``findings.txt`` beside them. Its exit status is 1
where something was found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["JIESU_KEYRING"] = "on"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keyring
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.settings import Settings, save_settings
from app.workplace import Workplace
from bench.looks import look
from bench.page_scenes import scenes
from bench.scenes import Scene, Stage, screens
from tools.specimen import picture
from ui.look.style import THEMES
from ui.main import make_application, open_window

ROOT = Path(__file__).resolve().parent.parent
DRESSES = tuple(f"{theme}-{language}" for theme in ("light", "dark") for language in ("zh", "en"))
CONTRAST = "contrast-zh"
SIZES = {"1366x768": "1", "1920x1080": "1.5"}
"""Pixels of the screen, and how much larger everything is on it."""
TOUR = (*((size, dress) for size in SIZES for dress in DRESSES), ("1366x768", CONTRAST))
OF_DOCS = {
    "light-zh": {
        "desk-wrap-suggested": "desk",
        "review-open": "review",
        "statistics-behind": "statistics",
        "drill-coach": "drills",
        "drill-trainer": "trainer",
        "drill-score": "score",
    },
    "dark-en": {
        "desk-talking": "call",
        "desk-wrap-suggested": "desk",
        "statistics-behind": "statistics",
        "drill-score": "score",
    },
    "light-en": {"desk-wrap-suggested": "desk", "review-open": "review", "drill-coach": "drills"},
}
"""Scenes that the documentation shows, in which dress and under which name."""
DOCS_SIZE = "1366x768"
SHEET, CELL = (2, 3), (732, 430)
FINDINGS = "findings.txt"


class PictureKeyring(keyring.backend.KeyringBackend):
    """Keeps secrets for this run only: pictures must not touch the keyring of whoever takes them."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, if it was set in this run."""
        return self._secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret until the program ends."""
        self._secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        self._secrets.pop((service, username), None)


def take(scene: Scene, path: Path) -> None:
    """Save what a window shows, with the lists that are open over it."""
    picture = scene.window.grab()
    painter = QPainter(picture)
    for popup in QApplication.topLevelWidgets():
        if popup.isVisible() and popup.windowType() is Qt.WindowType.Popup:
            painter.drawPixmap(scene.window.mapFromGlobal(popup.pos()), popup.grab())
    painter.end()
    picture.save(str(path))


def walk(out: Path, dress: str, names: Sequence[str] = ()) -> list[str]:
    """All scenes (or those named) in one dress on the whole screen; what was found wrong."""
    keyring.set_keyring(PictureKeyring())
    theme, language = dress.split("-")
    application = make_application(sys.argv[:1])
    found: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory(prefix="jiesu-pictures-", ignore_cleanup_errors=True) as folder:
        data_dir = Path(folder)
        save_settings(data_dir, Settings.read({"theme": theme, "language": language}))
        desk = Workplace(data_dir)
        window = open_window(desk, application, data_dir / "reports")
        window.setGeometry(application.primaryScreen().availableGeometry())
        window.show()
        for scene in scenes(Stage(window, desk)):
            if not names or scene.name in names:
                name = OF_DOCS[dress][scene.name] if names else scene.name
                take(scene, out / f"{name}-{dress}.png")
            for finding in look(scene.window):
                found.setdefault((finding.kind, finding.where), f"{scene.name}-{dress}: {finding}")
        window.close()
        application.processEvents()
    return list(found.values())


def in_a_dress(out: Path, size: str, dress: str, names: Sequence[str] = ()) -> list[str]:
    """Walk in a process of its own, on a screen of its own; the findings."""
    out.mkdir(parents=True, exist_ok=True)
    width, height = (int(part) for part in size.split("x"))
    words = [sys.executable, "-m", "tools.screenshots", "--out", str(out), "--dress", dress]
    with tempfile.TemporaryDirectory(prefix="jiesu-screen-") as folder:
        told = Path(folder) / "screen.json"
        told.write_text(json.dumps(screens((width, height))), encoding="utf-8")
        platform = f"offscreen:configfile={told}"
        environment = os.environ | {"QT_QPA_PLATFORM": platform, "QT_SCALE_FACTOR": SIZES[size]}
        subprocess.run([*words, "--only", *names], cwd=ROOT, env=environment, check=True)
    findings = out / FINDINGS
    found = findings.read_text(encoding="utf-8").splitlines()
    if names:
        findings.unlink()
    return found


def tour(out: Path, dresses: Sequence[tuple[str, str]] = TOUR) -> int:
    """Every scene in every dress and size; how much is wrong."""
    found = 0
    for size, dress in dresses:
        folder = out / f"{size}-{dress}"
        findings = in_a_dress(folder, size, dress)
        found += len(findings)
        pictures = len(list(folder.glob("*.png")))
        print(f"{folder}: {pictures} pictures, {len(findings)} findings", flush=True)
        make_sheets(folder)
    return found


def make_sheets(folder: Path) -> None:
    """Contact sheets, in the order in which the pictures were taken."""
    application = QGuiApplication.instance() or make_application(sys.argv[:1])
    assert application is not None
    files = sorted(
        (path for path in folder.glob("*.png") if not path.name.startswith("sheet")),
        key=lambda path: path.stat().st_mtime,
    )
    (columns, rows), (width, height) = SHEET, CELL
    for first in range(0, len(files), columns * rows):
        sheet = QImage(columns * width, rows * height, QImage.Format.Format_RGB32)
        sheet.fill(Qt.GlobalColor.gray)
        painter = QPainter(sheet)
        for number, path in enumerate(files[first : first + columns * rows]):
            cell = QRect(number % columns * width, number // columns * height, width - 4, height - 20)
            painter.drawText(cell.left() + 4, cell.top() + 14, path.stem)
            keep, smooth = (
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            small = QImage(str(path)).scaled(cell.size(), keep, smooth)
            painter.drawImage(cell.left(), cell.top() + 18, small)
        painter.end()
        sheet.save(str(folder / f"sheet-{first // (columns * rows) + 1:02}.png"))


def main() -> int:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tour", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--dress", choices=(*DRESSES, CONTRAST), help="of the tour only this one")
    parser.add_argument("--size", choices=tuple(SIZES), help="of the tour only this one")
    parser.add_argument("--only", nargs="*", default=(), metavar="SCENE")
    options = parser.parse_args()
    if options.tour is not None:
        chosen = [
            (size, dress)
            for size, dress in TOUR
            if options.dress in (None, dress) and options.size in (None, size)
        ]
        return 1 if tour(options.tour, chosen) else 0
    if options.dress is not None:
        findings = walk(options.out, options.dress, tuple(options.only))
        text = "".join(f"{line}\n" for line in findings)
        (options.out / FINDINGS).write_text(text, encoding="utf-8")
        return 0
    for dress, names in OF_DOCS.items():
        in_a_dress(options.out, DOCS_SIZE, dress, tuple(names))
    application = make_application(sys.argv[:1])
    for theme in THEMES:
        picture(theme, application, options.out / f"look-{theme}.png")
    for path in options.out.glob("*.png"):
        lessen(path)
    return 0


def lessen(path: Path) -> None:
    """Keep 256 colours of a picture: a page of the desk has few, and is a third as large then."""
    with Image.open(path) as whole:
        if whole.mode != "P":
            whole.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

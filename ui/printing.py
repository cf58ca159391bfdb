"""Print a web page as PDF: ``python -m ui.printing SOURCE.html TARGET.pdf``."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import (
    QFontDatabase,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPdfWriter,
    QTextDocument,
)

from ui.look.style import sans

MARGIN_MM = 16
DOTS = 300


def print_page(words: str, target: Path) -> None:
    """Write A4 pages; the application must be there."""
    writer = QPdfWriter(str(target))
    writer.setResolution(DOTS)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    face = sans(10)
    face.setPointSizeF(9.5)
    document.setDefaultFont(face)
    document.setDocumentMargin(0)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.setHtml(words)
    document.print_(writer)


def main(source: str, target: str) -> int:
    """Print one page; status 1 where no font knows Chinese."""
    application = QGuiApplication(sys.argv[:1])
    if not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        print("no font with Chinese characters", file=sys.stderr)
        return 1
    print_page(Path(source).read_text(encoding="utf-8"), Path(target))
    application.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

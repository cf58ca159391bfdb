"""The program's icon in the formats the systems want, drawn from ``resources/icons/jiesu-desk.svg``.

``python packaging/icons.py FOLDER`` writes PNGs of all sizes, ``.ico`` and ``.icns`` there;
without a folder it renews ``resources/icons/jiesu-desk.png``.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parents[1] / "resources" / "icons"
NAME = "jiesu-desk"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
_ICNS_TYPES = {
    b"icp4": 16,
    b"icp5": 32,
    b"icp6": 64,
    b"ic07": 128,
    b"ic08": 256,
    b"ic09": 512,
    b"ic10": 1024,
}


def png(size: int) -> bytes:
    """The icon as PNG, ``size`` pixels square."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(ICONS / f"{NAME}.svg")).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub wants bytes, which it refuses
    return bytes(content.data())


def ico() -> bytes:
    """Windows' container: a head, an entry for each size, the PNGs."""
    images = [(size, png(size)) for size in _ICO_SIZES]
    offset = 6 + 16 * len(images)
    entries, body = b"", b""
    for size, content in images:
        edge = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", edge, edge, 0, 0, 1, 32, len(content), offset + len(body))
        body += content
    return struct.pack("<HHH", 0, 1, len(images)) + entries + body


def icns() -> bytes:
    """Apple's container: a head, then type, length and PNG of each size."""
    images = ((kind, png(size)) for kind, size in _ICNS_TYPES.items())
    body = b"".join(kind + struct.pack(">I", len(content) + 8) + content for kind, content in images)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def write_icons(folder: Path) -> None:
    """Write every format into a folder, made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        (folder / f"{NAME}-{size}.png").write_bytes(png(size))
    (folder / f"{NAME}.ico").write_bytes(ico())
    (folder / f"{NAME}.icns").write_bytes(icns())


if __name__ == "__main__":
    if sys.argv[1:]:
        write_icons(Path(sys.argv[1]))
    else:
        (ICONS / f"{NAME}.png").write_bytes(png(256))

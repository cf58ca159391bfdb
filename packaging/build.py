"""Build the bundle of this system into ``dist/``: the program with all it needs but models.

Run by ``make bundle`` and by the recipes for Windows and macOS. On Linux also the Debian package,
unless ``--folder`` asks for the folder alone.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from icons import write_icons  # noqa: E402
from licences import licences  # noqa: E402

from app.release import VERSION  # noqa: E402
from resources.loader import read_kept  # noqa: E402

HERE, DIST, WORK = ROOT / "packaging", ROOT / "dist", ROOT / "build" / "bundle"
NAME = "jiesu-desk"
BUNDLE = DIST / NAME
_DEPENDS = (
    *("libc6 (>= {glibc})", "libasound2 | libasound2t64", "libportaudio2", "libegl1", "libgl1"),
    *("libxcb1", "libx11-6", "fontconfig", "fonts-noto-cjk | fonts-wqy-microhei"),
)
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: The Jiesu Desk authors <jiesu-desk@localhost>
Installed-Size: {kilobytes}
Depends: {depends}
Section: office
Priority: optional
Description: offline workstation for the operators of a 12345 hotline
 Transcribes both sides of a call on this machine, shows the knowledge article
 that answers, fills the ticket with proof for every field and delivers it to
 the centre, also after a shift without network. Models are installed
 afterwards: jiesu-desk models list.
"""
_WINDOWS_VERSION = """\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1),
  kids=[
    StringFileInfo([StringTable('080404B0', [
      StringStruct('CompanyName', 'The Jiesu Desk authors'),
      StringStruct('FileDescription', '接诉台 Jiesu Desk'),
      StringStruct('FileVersion', '{version}'),
      StringStruct('InternalName', 'jiesu-desk'),
      StringStruct('LegalCopyright', 'Apache License 2.0'),
      StringStruct('OriginalFilename', 'jiesu-desk.exe'),
      StringStruct('ProductName', '接诉台 Jiesu Desk'),
      StringStruct('ProductVersion', '{version}')])]),
    VarFileInfo([VarStruct('Translation', [0x0804, 0x04B0])])
  ])
"""


def windows_version(version: str) -> str:
    """The version resource of Windows in PyInstaller's notation."""
    numbers = tuple(int(part) for part in f"{version}.0".split("."))
    return _WINDOWS_VERSION.format(version=version, numbers=numbers)


def size_mb(path: Path) -> float:
    """Megabytes of a file, or of all files below a folder (links count nothing)."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if not file.is_symlink()]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def keep_tables(bundle: Path) -> None:
    """Keep what the YAML files say beside them: nothing is written where the program is installed."""
    for table in bundle.rglob("resources/**/*.yaml"):
        read_kept(table)


def debian_tree(bundle: Path, tree: Path) -> None:
    """Lay out what the package installs: the bundle in ``/opt``, menu entry, icons, licence."""
    shutil.copytree(bundle, tree / "opt" / NAME, symlinks=True, copy_function=_link)
    share = tree / "usr" / "share"
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        _put(WORK / f"{NAME}-{size}.png", share / f"icons/hicolor/{size}x{size}/apps/{NAME}.png")
    _put(ROOT / "resources/icons" / f"{NAME}.svg", share / f"icons/hicolor/scalable/apps/{NAME}.svg")
    _put(HERE / "linux" / f"{NAME}.desktop", share / f"applications/{NAME}.desktop")
    _put(HERE / "linux" / "org.jiesu.desk.metainfo.xml", share / "metainfo/org.jiesu.desk.metainfo.xml")
    _put(WORK / "THIRD-PARTY.txt", share / "doc" / NAME / "copyright")
    program = tree / "usr" / "bin" / NAME
    program.parent.mkdir(parents=True)
    program.symlink_to(f"../../opt/{NAME}/{NAME}")


def make_deb(bundle: Path) -> Path:
    """The Debian package of a bundle."""
    tree = WORK / "debian"
    shutil.rmtree(tree, ignore_errors=True)
    debian_tree(bundle, tree)
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    glibc = platform.libc_ver()[1]
    control = _CONTROL.format(
        name=NAME,
        version=VERSION,
        architecture=architecture,
        kilobytes=round(size_mb(tree) * 1000 / 1024),
        depends=", ".join(_DEPENDS).format(glibc=glibc),
    )
    _write(tree / "DEBIAN" / "control", control)
    package = DIST / f"{NAME}_{VERSION}_{architecture}.deb"
    words = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z5", "--build", str(tree), str(package)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return package


def main() -> None:
    """Build, and say how long it took and how large it is."""
    begun = time.monotonic()
    write_icons(WORK)
    _write(WORK / "version.txt", windows_version(VERSION))
    _write(WORK / "THIRD-PARTY.txt", licences())
    words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    words += ["--distpath", str(DIST), "--workpath", str(WORK / "work")]
    subprocess.run([*words, str(HERE / f"{NAME}.spec")], check=True, cwd=ROOT)
    keep_tables(BUNDLE)
    print(f"{BUNDLE.relative_to(ROOT)}: {size_mb(BUNDLE):.0f} MB, {time.monotonic() - begun:.0f} s")
    if "--folder" not in sys.argv and sys.platform == "linux" and shutil.which("dpkg-deb"):
        package = make_deb(BUNDLE)
        took = time.monotonic() - begun
        print(f"{package.relative_to(ROOT)}: {size_mb(package):.0f} MB, {took:.0f} s in all")


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()

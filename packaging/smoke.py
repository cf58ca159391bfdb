"""Start a bundle as on a fresh machine: no Python on the path, an empty home, no variable set.

``python packaging/smoke.py [FOLDER | PACKAGE.deb] [--models FOLDER] [--brief]`` runs the demo call
by the bundle alone, then what the program starts in processes of its own, and opens the window until it
answers a ringing call. Prints seconds and sizes; ends with an error at the first thing that fails.
Models are no part of a bundle: they lie in ``--models``, ``JIESU_MODELS`` or where ``make setup`` put
them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.demo import Program, demo  # noqa: E402

NAME = "jiesu-desk"
EXECUTABLE = f"{NAME}.exe" if os.name == "nt" else NAME
USABLE_WITHIN_S = 120.0
MODEL = "whisper-base"
ARTICLE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{body}</p></body></html>"


def install(bundle: Path, scratch: Path) -> Path:
    """Bring the bundle to where nothing of the source is near; the folder of its program."""
    place = scratch / "installed"
    if bundle.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(bundle), str(place)], check=True)
        return place / "opt" / NAME
    shutil.copytree(bundle, place, symlinks=True)
    return place


def fresh_environment(home: Path, models: Path) -> dict[str, str]:
    """All that a fresh machine has set, and where the models lie."""
    system = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    folders = {"HOME": home, "USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home}
    return {
        **system,
        **{name: str(folder) for name, folder in folders.items()},
        "PATH": str(home),
        "LANG": "C.UTF-8",
        "JIESU_KEYRING": "off",
        "JIESU_MODELS": str(models),
        "QT_QPA_PLATFORM": "offscreen",
    }


def own_processes(program: Program, scratch: Path) -> None:
    """What runs in a process of its own: the reader of documents, the printer, the night on Dask."""
    seat, page = scratch / "own", scratch / "article.html"
    words = ARTICLE.format(title="共享单车乱停放怎么反映", body="请拨打企业客服。")
    page.write_text(words, encoding="utf-8")
    program.run("kb", "import", page, "--data-dir", seat)
    forms = ("--forms", "docx", "xlsx", "pdf")
    program.run("report", "daily", *forms, "--out", scratch, "--data-dir", seat)
    if not list(scratch.glob("*.pdf")):
        sys.exit("the report was not printed")


def night(program: Program, call: Path, scratch: Path) -> None:
    """One recording heard again by two workers."""
    folder = scratch / "calls"
    folder.mkdir()
    shutil.copy2(call, folder)
    program.run("batch", folder, "--workers", "2", "--model", MODEL, "--data-dir", scratch / "night")


def window(program: Program, home: Path) -> float:
    """Open the desk, let a call ring until the window shows it, close; seconds until it was usable."""
    from app.terminal import EXIT_INTERRUPTED

    folder = home / "window"
    begun = time.monotonic()
    desk = subprocess.Popen(program.command("--data-dir", folder), env=dict(program.environment))
    try:
        while not (folder / "telephone.json").exists():
            if desk.poll() is not None or time.monotonic() - begun > USABLE_WITHIN_S:
                sys.exit(f"no window opened (status {desk.poll()})")
            time.sleep(0.05)
        ring = ("--incoming", "13800001111", "--call-id", "smoke", "--json", "--data-dir", folder)
        phase = json.loads(program.ask(*ring))["phase"]
        took = time.monotonic() - begun
        if phase != "ringing":
            sys.exit(f"the window does not ring: {phase}")
    finally:
        desk.terminate()
        status = desk.wait(timeout=60)
    if os.name != "nt" and status != EXIT_INTERRUPTED:
        sys.exit(f"the window ended with {status}")
    return took


def default_bundle() -> Path:
    """The newest package in ``dist/``, else the folder."""
    packages = sorted((ROOT / "dist").glob("*.deb"), key=lambda path: path.stat().st_mtime)
    return packages[-1] if packages else ROOT / "dist" / NAME


def default_models() -> Path:
    """Where ``make setup`` puts models."""
    from app.parts import models_dir

    return models_dir()


def main() -> None:
    """Run the smoke test."""
    options = argparse.ArgumentParser(description="start a bundle as on a fresh machine")
    options.add_argument("bundle", nargs="?", type=Path, default=None)
    options.add_argument("--models", type=Path, default=None)
    options.add_argument("--brief", action="store_true", help="only the demo call and the window")
    asked = options.parse_args()
    bundle = (asked.bundle or default_bundle()).resolve()
    models = (asked.models or default_models()).resolve()
    if not (models / MODEL).is_dir():
        sys.exit(f"no model {MODEL} in {models}; name its folder by --models")
    took: dict[str, float] = {}

    def timed(name: str, step: Callable[[], object]) -> None:
        print(f"\n══ {name}", flush=True)
        begun = time.monotonic()
        step()
        took[name] = round(time.monotonic() - begun, 1)

    with tempfile.TemporaryDirectory(prefix="jiesu-smoke-") as folder:
        scratch, home = Path(folder), Path(folder, "home")
        home.mkdir()
        os.chdir(home)
        timed("install", lambda: install(bundle, scratch))
        place = scratch / "installed"
        place = place / "opt" / NAME if bundle.suffix == ".deb" else place
        program = Program((place / EXECUTABLE,), fresh_environment(home, models))
        call = next(place.rglob("03-bbq-fumes.flac"))
        timed("help", lambda: program.ask("--help"))
        timed("demo", lambda: demo(program, call, "--processes", "2"))
        if not asked.brief:
            timed("own processes", lambda: own_processes(program, scratch))
            timed("night on Dask", lambda: night(program, call, scratch))
        print("\n══ window", flush=True)
        took["window usable"] = round(window(program, home), 1)
        unpacked = sum(file.lstat().st_size for file in place.rglob("*") if file.is_file())
        os.chdir(ROOT)
    figures = {"seconds": took, "unpacked_mb": round(unpacked / 1e6)}
    if bundle.is_file():
        figures["package_mb"] = round(bundle.stat().st_size / 1e6)
    print("\n" + json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()

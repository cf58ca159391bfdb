"""What the documents promise is there."""

import re
import runpy
from pathlib import Path

import pytest
from program import ROOT

from main import parser

PAGES = [
    ROOT / name
    for name in ("README.md", "README.zh.md", "ARCHITECTURE.md", "docs/glossary.md", "docs/cli.md")
]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_command_line_page_names_every_command() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    commands = next(action for action in parser()._actions if getattr(action, "dest", "") == "command")
    assert commands.choices
    missing = [name for name in commands.choices if f"`{name} " not in page]
    assert missing == []


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for name in ("README.md", "README.zh.md"):
        named = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / name).read_text("utf-8")))
        assert named <= targets, name


def test_the_settings_page_is_made_from_the_declarations() -> None:
    page = runpy.run_path(str(ROOT / "tools" / "write_settings_doc.py"))["settings_page"]()
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == page, "run tools/write_settings_doc.py"


def test_files_and_classes_of_the_glossary_exist() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    for dotted in re.findall(r"`((?:app|speech|resources|knowledge_base)\.[\w.]+)`", page):
        module, name = dotted, ""
        while not (ROOT / (module.replace(".", "/") + ".py")).exists() and "." in module:
            module, _, name = module.rpartition(".")
        source = (ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8")
        assert not name or re.search(rf"\b{name}\b", source), dotted


def test_no_registry_address_and_no_foreign_path_is_committed() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text("utf-8"), lock.name

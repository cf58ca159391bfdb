"""What the documents promise is there."""

import re
import runpy
import shlex
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


def anchors(page: Path) -> set[str]:
    """What a link may name after its ``#``: ids that are given, else those made of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M):
        words, _, given = heading.partition(" {#")
        found.add(
            given.rstrip("}") or re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", words).strip().lower())
        )
    return found


def test_no_link_of_the_site_is_broken() -> None:
    guides = ROOT / "resources" / "help"
    pages = [path for folder in (ROOT / "docs", guides) for path in folder.rglob("*.md")]
    nav = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    broken = [
        name for name in nav if not any((root / name).exists() for root in (ROOT / "docs", guides))
    ]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
            name, _, part = target.partition("#")
            path = page.parent / name if name else page
            if not path.exists() and page.name == "index.md":
                path = guides / name  # the site joins both folders
            if not path.exists() or (part and part not in anchors(path)):
                broken.append(f"{page.name}: {target}")
    assert broken == ["adr/index.md"]  # made with the site


def test_the_command_line_understands_what_the_guides_say() -> None:
    said = set()
    for guide in (ROOT / "resources" / "help").glob("*/*.md"):
        said |= set(re.findall(r"`main\.py ([^`]+)`", guide.read_text("utf-8")))
    assert len(said) > 40
    for command in sorted(said):
        parser().parse_args(shlex.split(command.replace("ROLE", "operator")))  # exits where it does not


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

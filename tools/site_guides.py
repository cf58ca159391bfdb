"""Hook of the site: the guides lie in ``resources/help``, where the window reads them too."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

GUIDES = Path(__file__).resolve().parent.parent / "resources" / "help"
DOCS = "../../../docs/"
"""How a guide names another document, seen from where it lies."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every guide as ``zh/operator.md``, and a list of the decisions."""
    for path in sorted(GUIDES.glob("*/*.md")):
        files.append(
            File.generated(config, path.relative_to(GUIDES).as_posix(), abs_src_path=str(path))
        )
    records = sorted(Path(config.docs_dir, "adr").glob("0*.md"))
    lines = [
        f"- [{path.read_text('utf-8').splitlines()[0].lstrip('# ')}]({path.name})" for path in records
    ]
    page = "\n".join(("# Decisions", "", *lines, ""))
    files.append(File.generated(config, "adr/index.md", content=page))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Name other documents as seen from the site."""
    del page, config, files
    return markdown.replace(DOCS, "../")

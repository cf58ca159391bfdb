"""Write a report in the forms that are wanted, from the bundled templates or a centre's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from app.reports.contents import contents_of
from app.reports.filling import fill_docx, fill_html, fill_xlsx
from app.reports.kinds import Form, Kind
from app.reports.printing import print_pdf
from app.statistics.page import Dashboard
from resources.errors import UserError
from resources.loader import resource_path

TEMPLATES = "report-templates"
"""The folder of a centre's own templates in a data folder; what it lacks is the bundled one."""


def write_report(
    kind: Kind,
    page: Dashboard,
    folder: Path,
    language: str,
    forms: Iterable[Form] = tuple(Form),
    own: Path | None = None,
    now: datetime | None = None,
) -> tuple[Path, ...]:
    """Files of a report in a folder, each whole or not at all. ``own`` = a centre's templates.

    Raises ``UserError``.
    """
    contents = contents_of(kind, page, language, now)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="jiesu-report-", dir=folder) as scratch:
            for form in forms:
                target = folder / f"{kind}-{page.period.begin}.{form}"
                part = Path(scratch) / target.name
                suffix = "html" if form is Form.PDF else form.value
                template = template_of(kind, suffix, own)
                if form is Form.DOCX:
                    fill_docx(template, contents, part)
                elif form is Form.XLSX:
                    fill_xlsx(template, contents, part)
                else:
                    print_pdf(fill_html(template, contents), part)
                part.replace(target)
                written.append(target)
    except OSError as error:
        raise UserError("REPORT_UNWRITABLE", path=folder, detail=error.strerror) from error
    return tuple(written)


def template_of(kind: Kind, suffix: str, own: Path | None) -> Path:
    """The centre's own template, else the bundled one."""
    name = f"{kind.template}.{suffix}"
    if own is not None and (own / name).is_file():
        return own / name
    return resource_path("reports", name)


def copy_templates(folder: Path) -> tuple[Path, ...]:
    """Copies of the bundled templates, to be edited; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    copied = []
    for source in sorted(resource_path("reports").iterdir()):
        target = folder / source.name
        if source.suffix in (".docx", ".xlsx", ".html") and not target.exists():
            shutil.copyfile(source, target)
            copied.append(target)
    return tuple(copied)

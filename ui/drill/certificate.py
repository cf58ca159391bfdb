"""A certificate as PDF: who passed what, when, with what score, and how to check it."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from app.domain.city import city_time
from app.training.attempts import Attempt
from app.training.scoring import score
from resources.errors import UserError
from ui.look.language import Language
from ui.look.style import SANS

DPI = 96


def write_certificate(path: Path, attempt: Attempt, signature: str, language: Language) -> None:
    """One page A4, sideways. Raises ``UserError("EXPORT_FAILED")``."""
    scratch = path.with_name(path.name + ".part")
    writer = QPdfWriter(str(scratch))
    writer.setTitle(language.say("drill.certificate"))
    writer.setCreator("Jiesu Desk")
    writer.setResolution(DPI)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Landscape,
            QMarginsF(18, 18, 18, 18),
            QPageLayout.Unit.Millimeter,
        )
    )
    document = QTextDocument()
    document.setHtml(certificate_html(attempt, signature, language))
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
    del writer  # which ends the file
    try:
        os.replace(scratch, path)
    except OSError as error:
        raise UserError("EXPORT_FAILED", path=path, detail=error.strerror or error) from error


def certificate_html(attempt: Attempt, signature: str, language: Language) -> str:
    """The page as rich text."""
    say, case = language.say, attempt.record.scenario
    result = score(attempt.record)
    rows = "".join(
        f"<tr><td>{escape(say(f'training.section.{name}'))}</td>"
        f"<td align='right'>{got:.1f} / {of:.1f}</td></tr>"
        for name, (got, of) in result.sections().items()
    )
    verdict = say("drill.passed") if attempt.passed else say("drill.not_passed")
    held = f"{city_time(attempt.held_at):%Y-%m-%d %H:%M}"
    body = say(
        "drill.certificate_body",
        name=attempt.trainee or say("drill.nobody"),
        date=held,
        case=case.title or case.id,
        level=say(f"drill.level_{case.level}"),
        style=say(f"drill.style_{attempt.style.value}"),
    )
    fonts = ", ".join(f"'{name}'" for name in SANS)
    return (
        f'<html><body style="font-family:{fonts}; font-size:12pt; color:#1b2430">'
        f"<h1 align='center' style='font-size:28pt'>{escape(say('drill.certificate'))}</h1>"
        f"<p align='center' style='font-size:14pt; margin-top:16px'>{escape(body)}</p>"
        f"<p align='center' style='font-size:40pt; margin:12px'><b>{attempt.total:.1f}</b></p>"
        f"<p align='center' style='font-size:14pt'><b>{escape(verdict)}</b></p>"
        f"<table align='center' width='60%' cellpadding='3'>{rows}</table>"
        f"<p align='center' style='font-size:8pt; color:#667485; margin-top:20px'>"
        f"{escape(say('drill.certificate_check', id=attempt.id, signature=signature[:32]))}</p>"
        "</body></html>"
    )

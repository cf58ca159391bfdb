"""A reviewed case as a folder that opens without the program: a page, sound, data, and their hashes.

Personal numbers are masked in the text and covered by a tone in the sound; the caller is not named.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.codec import ticket_to_json
from app.domain.ticket import Caller, Ticket
from app.export import export_sound, export_text
from app.review.records import review_to_json
from resources.errors import UserError
from resources.texts import text
from speech.privacy import mask_text, masked

if TYPE_CHECKING:
    from app.review.records import OpenReview

PAGE, SOUND, TALK, DATA, HASHES = "case.html", "call.flac", "transcript.json", "case.json", "SHA256SUMS"
_STYLE = (
    "body{font:15px/1.6 sans-serif;max-width:60em;margin:2em auto;color:#1b2430}"
    "b.caller{color:#0b7285}b.operator{color:#5f6b7a}td{padding:2px 12px 2px 0;vertical-align:top}"
    ".muted{color:#667485}audio{width:100%}a{color:#1f6feb;text-decoration:none}"
)
_SCRIPT = "function s(t){var a=document.getElementById('a');if(a){a.currentTime=t;a.play()}}"


def write_case_folder(opened: OpenReview, folder: Path, language: str) -> Path:
    """Write everything into ``folder``. Raises ``UserError("EXPORT_FAILED")``."""
    ticket = _without_caller(opened.row.ticket)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        export_text(opened.transcript, folder / TALK, language)
        if opened.audio is not None:
            export_sound(opened.audio.blocks(), opened.transcript, folder / SOUND)
        data = {"ticket": ticket_to_json(ticket), "review": review_to_json(opened.review)}
        plain = json.dumps(_masked(data), ensure_ascii=False, indent=1)
        (folder / DATA).write_text(plain + "\n", encoding="utf-8")
        (folder / PAGE).write_text(_page(opened, ticket, language), encoding="utf-8")
        names = [name for name in (PAGE, SOUND, TALK, DATA) if (folder / name).is_file()]
        sums = "".join(f"{sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
        (folder / HASHES).write_text(sums, encoding="utf-8")
    except OSError as error:
        raise UserError("EXPORT_FAILED", path=folder, detail=error.strerror or error) from error
    return folder


def _without_caller(ticket: Ticket) -> Ticket:
    content = replace(ticket.content, caller=Caller(confidential=ticket.content.caller.confidential))
    proof = {name: one for name, one in content.proof.items() if not name.startswith("caller.")}
    return replace(ticket, content=replace(content, proof=proof))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: _masked(one) for key, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _page(opened: OpenReview, ticket: Ticket, language: str) -> str:
    def say(key: str) -> str:
        return escape(text(f"review.{key}", language))

    content, result = ticket.content, opened.review.evaluation.result()
    rows = (
        (say("column_subject"), content.subject or ""),
        (say("column_category"), " / ".join(content.category.path) if content.category else ""),
        (say("column_unit"), ", ".join(unit.name for unit in content.units)),
        (say("summary"), content.summary or ""),
    )
    facts = "".join(
        f"<tr><td class=muted>{label}</td><td>{escape(mask_text(value))}</td></tr>"
        for label, value in rows
    )
    talk = "".join(
        f"<p><a href='#' onclick='s({said.start});return false'>{said.start:.1f} s</a> "
        f"<b class={said.speaker.value}>{say(said.speaker.value)}</b> {escape(said.text)}</p>"
        for said in masked(tuple(opened.transcript))
    )
    sound = f"<audio id=a controls src='{SOUND}'></audio>" if opened.audio is not None else ""
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(content.subject or '')}</title>"
        f"<style>{_STYLE}</style><h1>{escape(content.subject or '')}</h1>"
        f"<p class=muted>{say('redacted')}</p>{sound}<table>{facts}</table>"
        f"<h2>{say('sheet')}: {result.total:.1f}</h2><table>{_answers(opened, language)}</table>"
        f"<h2>{say('talk')}</h2>{talk}"
        f"<script>{_SCRIPT}</script>"
    )


def _answers(opened: OpenReview, language: str) -> str:
    lines = []
    evaluation = opened.review.evaluation
    for question in evaluation.rubric.questions():
        given = evaluation.current(question.id)
        if given is None or not evaluation.applies(question):
            continue
        name = question.zh if language == "zh" else question.en
        value = "—" if given.value is None else f"{given.value * question.top:g} / {question.top}"
        moment = "" if given.second is None else f"{given.second:.1f} s “{mask_text(given.quote)}”"
        why = f"{moment} {mask_text(given.reason)}".strip()
        lines.append(
            f"<tr><td>{escape(name)}</td><td>{value}</td><td class=muted>{escape(why)}</td></tr>"
        )
    return "".join(lines)

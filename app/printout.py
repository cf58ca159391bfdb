"""A call and what the program made of it, as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.analysis import Analysis
from app.domain.call import Transcript
from app.domain.draft import get_field, is_empty
from app.domain.ticket import FIELDS, Category, Handling, Proof, TicketContent
from resources.texts import text
from speech.models import ModelState

LONGEST_QUOTE = 40
"""A longer proof, such as that of the summary, only repeats the transcript above."""


def clock(seconds: float) -> str:
    """Seconds of a call as ``m:ss``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def transcript_lines(transcript: Transcript) -> Iterator[str]:
    """One line for each utterance."""
    for utterance in transcript:
        yield f"{clock(utterance.start):>6}  {utterance.speaker:<8}  {utterance.text}"


def _value(name: str, content: TicketContent, language: str) -> str:
    value = get_field(content, name)
    if isinstance(value, Category):
        return f"{' / '.join(value.path)}  [{value.code}]"
    if isinstance(value, Handling):
        return text(f"cli.handling.{value.value}", language)
    if name == "limit_hours":
        return text("cli.hours", language, hours=value)
    if value is True:
        return text("cli.yes", language)
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _proof(proof: Proof | None) -> str:
    if proof is None:
        return ""
    moment = f"{clock(proof.start)} " if proof.start is not None else ""
    words = f"“{proof.text}” " if 0 < len(proof.text) <= LONGEST_QUOTE else ""
    return f"    ‹ {moment}{words}{proof.rule}"


def ticket_lines(content: TicketContent, language: str) -> Iterator[str]:
    """The filled fields of a ticket, each with its proof, then the units with their reasons."""
    for name in FIELDS:
        if name == "units" or is_empty(get_field(content, name)):
            continue
        label = text(f"cli.field.{name}", language)
        yield f"  {label}: {_value(name, content, language)}{_proof(content.proof.get(name))}"
    for unit in content.units:
        role = text(f"cli.role.{unit.role.value}", language)
        yield f"  {unit.score:.2f}  {unit.name} · {role}    ‹ {'；'.join(unit.reasons)}"


def analysis_lines(analysis: Analysis, language: str) -> Iterator[str]:
    """Articles, tickets and the question to ask back, under their headings."""
    yield f"\n{text('cli.articles', language)}"
    for hit in analysis.articles:
        yield f"  {hit.score:.2f}  {hit.article.title}    ‹ {'、'.join(hit.matched)}"
    if not analysis.articles:
        yield f"  {text('cli.no_articles', language)}"
    for number, content in enumerate(analysis.tickets, start=1):
        yield f"\n{text('cli.ticket', language, number=number)}"
        yield from ticket_lines(content, language)
    if not analysis.tickets:
        yield f"\n  {text('cli.no_ticket', language)}"
    for question in analysis.ask_back:
        yield f"\n{text('cli.ask_back', language)}: {question}"


def timing_lines(timings: Mapping[str, float], language: str) -> Iterator[str]:
    """How long it took, and how that compares with the length of the audio."""
    audio, speech = timings["audio_s"], timings["speech_s"]
    yield "\n" + text(
        "cli.timings",
        language,
        audio=audio,
        speech=speech,
        factor=speech / audio if audio else 0.0,
        load=timings["load_s"],
    )


def model_lines(states: Iterable[ModelState], language: str) -> Iterator[str]:
    """One line for each speech model of the catalogue."""
    for state in states:
        there = text(f"cli.model.{'installed' if state.installed else 'absent'}", language)
        use = text(f"cli.model.{state.use}", language)
        error = f"  {state.error}" if state.error else ""
        advice = "  " + text("cli.model.recommended", language) if state.recommended else ""
        size = f"{state.size / 1e6:6.0f} MB"
        begin = f"{state.name:<28} {state.engine:<8} {size}  {state.licence:<10}"
        yield f"{begin}  {use}  {there}{advice}{error}"

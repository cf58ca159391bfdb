"""Calls, tickets and articles as JSON values (``docs/cli.md``); missing facts are ``None``."""

from __future__ import annotations

from typing import Any

from app.analysis import Analysis
from app.domain.call import Transcript
from app.domain.ticket import Category, Proof, TicketContent
from knowledge_base.article import Article, SearchHit


def call_json(transcript: Transcript, analysis: Analysis) -> dict[str, Any]:
    """A whole call: what was said and what the program made of it."""
    return {"transcript": transcript_json(transcript), **analysis_json(analysis)}


def transcript_json(transcript: Transcript) -> list[dict[str, Any]]:
    """The utterances in their order; seconds from the start of the audio."""
    return [
        {
            "speaker": said.speaker.value,
            "start": said.start,
            "end": said.end,
            "text": said.text,
            "heard": said.heard,
            "engine": said.engine,
        }
        for said in transcript
    ]


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Tickets, articles, the question to ask back and how long it took."""
    return {
        "tickets": [ticket_json(ticket) for ticket in analysis.tickets],
        "articles": [
            {"id": hit.article.id, "title": hit.article.title, "score": round(hit.score, 4)}
            for hit in analysis.articles
        ],
        "ask_back": list(analysis.ask_back),
        "timings": {name: round(seconds, 6) for name, seconds in analysis.timings.items()},
    }


def ticket_json(ticket: TicketContent) -> dict[str, Any]:
    """One ticket."""
    return {
        "type": ticket.type.value if ticket.type else None,
        "handling": ticket.handling.value if ticket.handling else None,
        "emergency_line": ticket.emergency_line,
        "channel": ticket.channel,
        "district": ticket.district,
        "street": ticket.street,
        "place": ticket.place,
        "subject": ticket.subject,
        "summary": ticket.summary,
        "category": _category_json(ticket.category),
        "limit_hours": ticket.limit_hours,
        "caller": {
            "name": ticket.caller.name,
            "phone": ticket.caller.phone,
            "confidential": ticket.caller.confidential,
        },
        "units": [
            {
                "name": unit.name,
                "role": unit.role.value,
                "score": round(unit.score, 4),
                "reasons": list(unit.reasons),
            }
            for unit in ticket.units
        ],
        "risks": list(ticket.risks),
        "event_time": ticket.event_time,
        "people": ticket.people,
        "amounts": list(ticket.amounts),
        "parties": list(ticket.parties),
        "repeat": ticket.repeat,
        "wish": ticket.wish,
        "proof": {name: _proof_json(proof) for name, proof in ticket.proof.items()},
    }


def _category_json(category: Category | None) -> dict[str, Any] | None:
    return {"code": category.code, "path": list(category.path)} if category else None


def _proof_json(proof: Proof) -> dict[str, Any]:
    return {
        "speaker": proof.speaker.value if proof.speaker else None,
        "start": proof.start,
        "end": proof.end,
        "text": proof.text,
        "rule": proof.rule,
    }


def article_json(article: Article) -> dict[str, Any]:
    """One version of an article without its body."""
    return {
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "category": article.category,
        "region": article.region,
        "issuer": article.issuer,
        "source": article.source,
        "effective": article.effective.isoformat() if article.effective else None,
        "expires": article.expires.isoformat() if article.expires else None,
        "owner": article.owner,
        "review": article.review.isoformat() if article.review else None,
    }


def hit_json(hit: SearchHit) -> dict[str, Any]:
    """An article found for a query."""
    return {
        "id": hit.article.id,
        "title": hit.article.title,
        "score": round(hit.score, 4),
        "passage": hit.passage,
        "matched": list(hit.matched),
    }

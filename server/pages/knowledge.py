"""The public knowledge page ``/kb``: plain, fast, without script, for phones and screen readers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from knowledge_base.article import Article, SearchHit, Validity
from knowledge_base.rendering import rendered
from server.pages.render import CITY, page
from server.problems import Refused
from server.public_knowledge import PublicKnowledge

router = APIRouter(include_in_schema=False)
LONGEST_QUERY = 200
_PASSAGE = 160


def marked_passage(hit: SearchHit) -> Markup:
    """The passage that matched, shortened around its first mark, with the words marked."""
    begin = max(0, hit.marks[0][0] - 40) if hit.marks else 0
    end = begin + _PASSAGE
    pieces, at = [escape("…" if begin else "")], begin
    for start, stop in hit.marks:
        if start >= at and stop <= end:
            pieces += [escape(hit.passage[at:start]), Markup("<mark>")]
            pieces += [escape(hit.passage[start:stop]), Markup("</mark>")]
            at = stop
    pieces += [escape(hit.passage[at:end]), escape("…" if len(hit.passage) > end else "")]
    return Markup("").join(pieces)


def _in_force(article: Article) -> bool:
    return article.validity(datetime.now(CITY).date()) is Validity.VALID


@router.get("/kb")
async def search_page(
    request: Request,
    q: Annotated[str, Query(max_length=4000)] = "",
    topic: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The search with its results; without a question the topics."""
    return await run_in_threadpool(_search, request, " ".join(q.split())[:LONGEST_QUERY], topic)


def _search(request: Request, query: str, topic: str) -> Response:
    knowledge: PublicKnowledge = request.app.state.knowledge
    hits: list[tuple[Article, Markup, bool]] = []
    meant: str | None = None
    if query:
        found = knowledge.search(query, topic or None)
        hits = [(hit.article, marked_passage(hit), _in_force(hit.article)) for hit in found]
        meant = knowledge.did_you_mean(query)
    elif topic:
        hits = [(one, escape(one.spoken), _in_force(one)) for one in knowledge.of_category(topic)]
    topics = {} if query or topic else knowledge.categories()
    meant = meant if meant != query else None
    values: dict[str, object] = {"hits": hits, "topics": topics, "meant": meant}
    return page(request, "kb.html", 200, query=query, topic=topic, **values)


@router.get("/")
def first_page() -> Response:
    """Citizens who type only the address."""
    return RedirectResponse("/kb", 307)


@router.get("/kb/{article_id}")
async def article_page(request: Request, article_id: str) -> Response:
    """One public article."""
    knowledge: PublicKnowledge = request.app.state.knowledge
    found = await run_in_threadpool(knowledge.article, article_id)
    if found is None:
        raise Refused(404, "ARTICLE_UNKNOWN")
    body = Markup(await run_in_threadpool(rendered, found.body))
    return page(request, "article.html", article=found, body=body, in_force=_in_force(found))

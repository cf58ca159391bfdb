"""Templates, languages, forms and headers of the centre's pages."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from resources.texts import keys, text
from server.problems import Refused

CITY = ZoneInfo("Asia/Shanghai")
LOGIN = "/work/login"
MOST_FIELDS = 60
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = moment
    environment.filters["as_moment"] = as_moment
    return environment


def moment(value: datetime | None) -> str:
    """A moment as people in the city read it."""
    return "" if value is None else value.astimezone(CITY).strftime("%Y-%m-%d %H:%M")


def as_moment(written: object) -> str:
    """The same for a moment as the timeline keeps it; what is none stays as it is."""
    try:
        return moment(datetime.fromisoformat(str(written)))
    except ValueError:
        return str(written)


def language_of(request: Request) -> str:
    """English for a browser that asks for it before Chinese, otherwise Chinese."""
    wanted = request.headers.get("accept-language", "").lower()
    english, chinese = wanted.find("en"), wanted.find("zh")
    return "en" if english >= 0 and (chinese < 0 or english < chinese) else "zh"


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page in the reader's language. Pages of people are never kept by browsers or proxies."""
    language = language_of(request)

    def t(key: str, **more: object) -> str:
        return text(f"centre.{key}", language, **more)

    def named(kind: str, value: object) -> str:
        """The name of a value, or the value where it has none."""
        key = f"centre.{kind}_{value}"
        return text(key, language) if key in keys(language) else str(value)

    written = (
        _templates()
        .get_template(template)
        .render(t=t, named=named, language=language, path=request.url.path, **values)
    )
    answer = HTMLResponse(written, status, headers=HEADERS)
    answer.headers["Cache-Control"] = (
        "public, max-age=60" if request.url.path.startswith("/kb") and status == 200 else "no-store"
    )
    return answer


def see_other(where: str) -> Response:
    """After a form was taken."""
    return RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})


def problem_page(request: Request, refusal: Refused) -> Response:
    """A refusal for people; who is not logged in is asked to."""
    if refusal.status == 401 and request.url.path != LOGIN:
        return see_other(LOGIN)
    key = f"problem_{refusal.code}"
    known = f"centre.{key}" in keys("zh")
    answer = page(request, "problem.html", refusal.status, key=key if known else "problem", detail="")
    if refusal.status == 429:
        answer.headers["Retry-After"] = "60"
    return answer


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises ``Refused`` 422."""
    try:
        body = (await request.body()).decode("ascii")
        fields = parse_qs(
            body, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict", encoding="utf-8"
        )
    except ValueError:
        raise Refused(422, "REQUEST_MALFORMED", "form") from None
    return {name: values[-1] for name, values in fields.items()}

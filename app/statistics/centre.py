"""Statistics of the whole centre, asked for over HTTP by a team lead."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx

from app.statistics.page import Behind, Dashboard, Period, TicketLine
from app.statistics.wire import dashboard_from_json
from app.sync.client import API, TIMEOUT, check_address
from resources.errors import UserError

MAX_ANSWER = 20_000_000


class CentreStatistics:
    """The whole centre, for somebody who logs in as a team lead. The password is not kept."""

    def __init__(self, url: str, name: str, password: str) -> None:
        """Log in. Raises ``UserError``: unreachable, refused, or not a team lead."""
        self._url = check_address(url)
        self._http = httpx.Client(
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=ssl.create_default_context() if self._url.startswith("https:") else False,
        )
        login = {"name": name, "password": password}
        try:
            tokens = self._ask("POST", "/people/login", json=login)
            self._http.headers["Authorization"] = f"Bearer {tokens['access']}"
            self._page(None)
        except BaseException:
            self._http.close()
            raise

    def last_day(self) -> date:
        """Today, by the centre's calendar."""
        return self._page(None).period.end

    def dashboard(self, period: Period, candidates: bool = False) -> Dashboard:
        """A page."""
        return self._page(period, candidates)

    def behind(self, number: Behind, offset: int = 0) -> tuple[TicketLine, ...]:
        """The centre's tickets behind a number."""
        params = {
            "begin": number.period.begin.isoformat(),
            "end": number.period.end.isoformat(),
            "dimension": number.dimension,
            "value": number.value,
            "measure": number.measure,
            "offset": str(offset),
        }
        rows = self._ask("GET", "/statistics/tickets", params=params)
        try:
            return tuple(_line(row) for row in rows)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError("CENTRE_GARBLED", url=self._url, detail=error) from error

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _page(self, period: Period | None, candidates: bool = False) -> Dashboard:
        params = {"candidates": "true"} if candidates else {}
        if period is not None:
            params |= {"begin": period.begin.isoformat(), "end": period.end.isoformat()}
        try:
            return dashboard_from_json(self._ask("GET", "/statistics", params=params))
        except ValueError as error:
            raise UserError("CENTRE_GARBLED", url=self._url, detail="statistics") from error

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            with self._http.stream(method, f"{self._url}{API}{path}", **request) as answer:
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER:
                        raise UserError("CENTRE_GARBLED", url=self._url, detail="size")
                if answer.status_code in (401, 403):
                    raise UserError("STATISTICS_REFUSED", url=self._url)
                answer.raise_for_status()
                return httpx.Response(200, content=body).json()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise UserError("CENTRE_GARBLED", url=self._url, detail=status) from error
        except httpx.HTTPError as error:
            detail = type(error).__name__
            raise UserError("CENTRE_UNREACHABLE", url=self._url, detail=detail) from error
        except ValueError as error:
            raise UserError("CENTRE_GARBLED", url=self._url, detail="JSON") from error


def _line(row: Mapping[str, Any]) -> TicketLine:
    return TicketLine(
        id=str(row["ticket_id"]),
        number=str(row["number"]),
        subject=str(row["subject"]),
        where=f"{row['district']}{row['street']}",
        unit=str(row["unit"]),
        stage=str(row["stage"]),
        overdue=bool(row["overdue"]),
    )

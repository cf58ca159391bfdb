"""Somebody at the centre: logs in with name and password, asks, and keeps nothing of either."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from app.sync.client import API, TIMEOUT, check_address
from resources.errors import UserError

MAX_ANSWER = 20_000_000
MAX_FILE = 600_000_000


class LeadVisit:
    """One session over HTTP. Every method blocks and raises ``UserError``."""

    def __init__(self, url: str, name: str, password: str, refused: str = "STATISTICS_REFUSED") -> None:
        """Log in. ``refused`` = the code when the centre does not let this person.

        Raises ``UserError``: unreachable or refused.
        """
        self.url, self.name = check_address(url), name
        self._refused = refused
        self._http = httpx.Client(
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=ssl.create_default_context() if self.url.startswith("https:") else False,
        )
        login = {"name": name, "password": password}
        try:
            tokens = self.ask("POST", "/people/login", json=login)
            self._http.headers["Authorization"] = f"Bearer {tokens['access']}"
        except BaseException:
            self._http.close()
            raise

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """The JSON of an answer; ``None`` where there is none."""
        body = self.fetch(method, path, MAX_ANSWER, **request)
        try:
            return httpx.Response(200, content=body).json() if body else None
        except ValueError as error:
            raise UserError("CENTRE_GARBLED", url=self.url, detail="JSON") from error

    def fetch(self, method: str, path: str, most: int = MAX_FILE, **request: Any) -> bytes:
        """The bytes of an answer."""
        try:
            with self._http.stream(method, f"{self.url}{API}{path}", **request) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > most:
                        raise UserError("CENTRE_GARBLED", url=self.url, detail="size")
                if answer.status_code in (401, 403):
                    raise UserError(self._refused, url=self.url)
                answer.raise_for_status()
                return bytes(body)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise UserError("CENTRE_GARBLED", url=self.url, detail=status) from error
        except httpx.HTTPError as error:
            detail = type(error).__name__
            raise UserError("CENTRE_UNREACHABLE", url=self.url, detail=detail) from error

    def close(self) -> None:
        """Hang up."""
        self._http.close()

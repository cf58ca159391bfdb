"""The endpoint for whoever watches the centre."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from server.asking import Database
from server.metrics import figures
from server.open311.requests import holder_of
from server.problems import Refused

router = APIRouter(include_in_schema=False)
WATCHER = "metrics"


@router.get("/metrics")
def metrics(database: Database, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Figures for Prometheus, for the holder of the key named ``metrics``."""
    key = (authorization or "").partition(" ")[2].strip()
    if not key or holder_of(database, key) != WATCHER:
        raise Refused(401, "TOKEN_REFUSED")
    return Response(figures(database), media_type="text/plain; version=0.0.4; charset=utf-8")

"""A dashboard as JSON and back: the same for the centre's endpoint, the desk and the command line."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.statistics.page import Dashboard, Group


@cache
def _adapter() -> TypeAdapter[Dashboard]:
    return TypeAdapter(Dashboard)


def dashboard_to_json(dashboard: Dashboard) -> Any:
    """As JSON values."""
    return _adapter().dump_python(dashboard, mode="json")


def groups_to_json(groups: tuple[Group, ...]) -> Any:
    """Groups alone, as JSON values."""
    return TypeAdapter(tuple[Group, ...]).dump_python(groups, mode="json")


def dashboard_from_json(value: Any) -> Dashboard:
    """The inverse. Raises ``ValueError`` for anything else."""
    return _adapter().validate_python(value)

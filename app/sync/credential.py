"""How a seat introduces itself to a centre."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A seat's name and password at one centre. They and the token are sent to no other address."""

    server_url: str
    seat: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)

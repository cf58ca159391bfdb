"""How people introduce themselves at the centre; used by both ends."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.sync.protocol import Message, Name

Password = Annotated[str, Field(min_length=1, max_length=256, repr=False)]
Token = Annotated[str, Field(min_length=1, max_length=512, repr=False)]


class PersonLogin(Message):
    """Somebody introduces themselves."""

    name: Name
    password: Password


class PersonTokens(Message):
    """``access`` goes into ``Authorization: Bearer …`` until it expires, ``refresh`` gets the next."""

    access: Token
    refresh: Token
    expires_at: AwareDatetime


class MyAccount(Message):
    """Who somebody is at the centre. ``generation`` as in ``app.sync.changes.Account``."""

    name: str
    roles: tuple[str, ...]
    unit: str
    active: bool
    generation: str = ""

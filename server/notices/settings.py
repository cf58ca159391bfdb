"""Who is told where: the file of ``JIESU_NOTICES``; without it nobody is told anything."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from app.sync.client import is_loopback
from resources.errors import UserError
from server.rights import Role

log = logging.getLogger(__name__)
FILE = "JIESU_NOTICES"
MOST_ADDRESSES = 5
SHORTEST_KEY = 16
ROLES = frozenset({Role.DISPATCH_REVIEWER.value, Role.TEAM_LEAD.value})
"""Beside units, who may be told something."""


class Kind(StrEnum):
    """What somebody is told of a ticket."""

    NEW = "new"
    """It has come to the unit."""
    ASSIST = "assist"
    """The unit is to assist."""
    JOINED = "joined"
    """One more caller has the same matter."""
    REMINDER = "reminder"
    OVERDUE = "overdue"
    CHASED = "chased"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    OBJECTED = "objected"
    OBJECTION_REFUSED = "objection_refused"
    TAKEN_BACK = "taken_back"
    """The unit's objection was upheld."""
    UNSOLVED = "unsolved"
    """The caller says at the callback that it is not solved; back at the unit."""


class Way(StrEnum):
    """How a notice travels."""

    WEBHOOK = "webhook"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. ``tls``: ``starttls``, ``tls``, or ``none`` on this machine only."""

    host: str
    port: int
    sender: str
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Addresses by unit or role, the kinds that are told, and what signs a webhook's body."""

    addresses: Mapping[str, tuple[tuple[Way, str], ...]]
    about: frozenset[Kind] = frozenset(Kind)
    page: str = ""
    language: str = "zh"
    key: bytes = field(default=b"", repr=False)
    mail: MailServer | None = None


@dataclass(slots=True)
class _InForce:
    """The rules of a file as it was read last, and what it looked like then."""

    path: str = ""
    looks: tuple[int, int] = (0, 0)
    rules: NoticeRules | None = None


_in_force = _InForce()


def notices_wanted() -> bool:
    """Whether a file says who is told, whatever stands in it now."""
    return bool(os.environ.get(FILE))


def notice_rules() -> NoticeRules:
    """The rules in force: those of the file named by ``JIESU_NOTICES``, as it is now.

    A file that changes is read again at once; while it cannot be read, what held before holds.
    Raises ``UserError`` when it is none from the beginning.
    """
    path = os.environ.get(FILE, "")
    if not path:
        return NoticeRules({})
    looks = _looks(path)
    known = _in_force.rules if _in_force.path == path else None
    if known is not None and looks == _in_force.looks:
        return known
    try:
        rules = _read(path)
    except UserError as error:
        if known is None:
            raise
        log.error("notices: %s is not used, the addresses before it hold on (%s)", path, error.code)
        rules = known
    _in_force.path, _in_force.looks, _in_force.rules = path, looks, rules
    return rules


def _looks(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _read(path: str) -> NoticeRules:
    try:
        table = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return _from_table(table, Path(path).parent)
    except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UserError("SERVER_NOTICES", path=path, detail=detail) from None


def _from_table(table: Mapping[str, Any], folder: Path) -> NoticeRules:
    known = {"webhooks", "mail", "about", "page", "language", "signing_key_file", "smtp"}
    if unknown := table.keys() - known:
        raise ValueError(", ".join(map(str, unknown)))
    webhooks, mail = table.get("webhooks") or {}, table.get("mail") or {}
    addresses: dict[str, tuple[tuple[Way, str], ...]] = {}
    for way, given in ((Way.WEBHOOK, webhooks), (Way.MAIL, mail)):
        check = _check_url if way is Way.WEBHOOK else _check_mail
        for who, value in given.items():
            several = value if isinstance(value, list) else [value]
            if not isinstance(who, str) or not 0 < len(who) <= 128 or len(several) > MOST_ADDRESSES:
                raise ValueError(f"{who}: 1-{MOST_ADDRESSES}")
            found = tuple((way, check(who, one)) for one in several)
            addresses[who] = (*addresses.get(who, ()), *found)
    key = _secret(folder, table.get("signing_key_file"))
    if webhooks and len(key) < SHORTEST_KEY:
        raise ValueError(f"signing_key_file: {SHORTEST_KEY}+")
    if mail and "smtp" not in table:
        raise ValueError("smtp")
    page, language = str(table.get("page", "")).rstrip("/"), table.get("language", "zh")
    if language not in ("zh", "en") or (page and urlsplit(page).scheme not in ("http", "https")):
        raise ValueError("language, page")
    about = frozenset(map(Kind, table.get("about") or Kind))
    server = _mail_server(table["smtp"], folder) if "smtp" in table else None
    return NoticeRules(addresses, about, page, language, key, server)


def _secret(folder: Path, name: object) -> bytes:
    """What stands in a file beside the rules; not in the rules, which are shown around."""
    return (folder / str(name)).read_bytes().strip() if name else b""


def _check_url(who: str, value: object) -> str:
    """Encrypted, except to this machine itself."""
    try:
        parts = urlsplit(str(httpx.URL(str(value))))
    except httpx.InvalidURL as error:
        raise ValueError(f"{who}: {error}") from None
    host = parts.hostname or ""
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not encrypted or not re.fullmatch(r"[^\s%]+", host) or parts.username or parts.fragment:
        raise ValueError(f"{who}: https://…")
    return str(value)


def _check_mail(who: str, value: object) -> str:
    text = str(value)
    if not text.isascii() or not re.fullmatch(r'[^@\s,;<>"]+@[^@\s,;<>"]+', text):
        raise ValueError(f"{who}: name@host")
    return text


def _mail_server(table: Mapping[str, Any], folder: Path) -> MailServer:
    known = {"host", "port", "from", "tls", "user", "password_file"}
    host, tls = str(table["host"]) if "host" in table else "", table.get("tls", "starttls")
    if table.keys() - known or not host or tls not in ("starttls", "tls", "none"):
        raise ValueError("smtp")
    if tls == "none" and not is_loopback(host):
        raise ValueError("smtp: tls")
    password = _secret(folder, table.get("password_file")).decode()
    sender = _check_mail("from", table.get("from"))
    port = int(table.get("port", 587))
    return MailServer(host, port, sender, tls, str(table.get("user", "")), password)

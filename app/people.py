"""Who works at this seat: logging in at the centre, without it, and again after the screen locked.

Without the centre only somebody can log in who has logged in at it from this seat before. The seat
keeps an argon2 hash that it made itself then; the centre never sends one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from app.reference.policy import policy_in_force
from app.settings import Settings
from resources.errors import UserError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from app.storage.seat_store import SeatStore
    from app.storage.users import SeatUser
    from app.sync.people import MyAccount

TRIES = 5
"""So many wrong passwords in a row, then one every ``LOCKED_FOR``."""
LOCKED_FOR = timedelta(minutes=15)
TRIES_IN_ALL = 20
"""So many in a row, then only the centre lets in: a clock set forward gains nothing."""
AT_SEATS = {"operator", "trainer", "team_lead", "knowledge_editor", "dispatch_reviewer"}
"""Roles of those who work at a seat; the others use the centre's pages and interfaces."""
_REFUSED = ("PERSON_REFUSED", "PERSON_LIMITED", "PERSON_NOT_HERE")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who works here; ``offline`` = let in without the centre."""

    name: str
    roles: tuple[str, ...]
    offline: bool


class People:
    """Who may work at one seat, and who does. Methods block, except the properties; any thread."""

    def __init__(
        self,
        store: Callable[[], SeatStore],
        settings: Callable[[], Settings],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._turn = threading.Lock()
        self._current: Operator | None = None

    @property
    def current(self) -> Operator | None:
        """Who works here now; nobody until somebody has logged in."""
        return self._current

    @property
    def required(self) -> bool:
        """Whether the centre's policy lets nobody work here without having logged in."""
        return policy_in_force().login_required

    @property
    def lock_after_minutes(self) -> int:
        """After so long untouched the screen locks; 0 = not by itself."""
        return policy_in_force().lock_after_minutes

    def log_in(self, name: str, password: str) -> Operator:
        """Let somebody work here: at the centre, or if it does not answer, by what is known here.

        Raises ``UserError``.
        """
        name = name.strip()
        with self._turn:
            try:
                account = self._ask_centre(name, password)
            except UserError as error:
                if error.code in _REFUSED:
                    self._forget_if_right(name, password, error.code)
                    raise
                user = self._check_here(name, password, stale=True)
                self._current = Operator(user.name, user.roles, True)
            else:
                self._remember(account, password)
                self._current = Operator(account.name, account.roles, False)
            return self._current

    def unlock(self, password: str) -> None:
        """The one who works here is back. Needs no centre unless it has changed the account.

        Raises ``UserError``.
        """
        current = self._current
        if current is None:
            raise UserError("PERSON_NOBODY")
        with self._turn:
            if self._store().user(current.name) is not None:
                self._check_here(current.name, password, stale=False)
                return
        self.log_in(current.name, password)

    def log_out(self) -> None:
        """Nobody works here now."""
        self._current = None

    def still_known(self) -> bool:
        """Whether the centre has not ended or changed the account of who works here."""
        current = self._current
        return current is None or self._store().user(current.name) is not None

    def _ask_centre(self, name: str, password: str) -> MyAccount:
        import asyncio  # with the client, which the window does not wait for

        from app.sync.client import CentreClient, check_address

        url = self._settings().server_url
        if not url:
            raise UserError("NO_CENTRE")
        address = check_address(url)

        async def ask() -> MyAccount:
            async with CentreClient(address) as centre:
                return await centre.who_is(name, password)

        account = asyncio.run(ask())
        if not AT_SEATS & set(account.roles):
            raise UserError("PERSON_NOT_HERE")
        return account

    def _remember(self, account: MyAccount, password: str) -> None:
        from app.storage.users import SeatUser

        verifier = _hasher().hash(password)
        generation, roles = account.generation, tuple(account.roles)
        user = SeatUser(account.name, verifier, generation, roles, self._clock())
        self._store().put_user(user)

    def _forget_if_right(self, name: str, password: str, code: str) -> None:
        """The centre refuses a password that was right here: it was changed, or the account ended."""
        user = self._store().user(name)
        if code != "PERSON_LIMITED" and user is not None and _fits(user.verifier, password):
            self._store().forget_user(name)

    def _check_here(self, name: str, password: str, stale: bool) -> SeatUser:
        """Somebody by the hash that is kept here. Raises ``UserError``; failures are on disk first."""
        store = self._store()
        user, latest = store.user(name), store.last_moment()
        now = max(self._clock(), latest) if latest is not None else self._clock()
        if user is None:
            raise UserError("PERSON_UNKNOWN_HERE")
        days = policy_in_force().offline_days
        if stale and now - user.confirmed_at > timedelta(days=days):
            raise UserError("PERSON_STALE", days=days)
        if user.failures >= TRIES_IN_ALL:
            raise UserError("PERSON_NEEDS_CENTRE")
        if user.failures >= TRIES and user.failed_at is not None:
            wait = user.failed_at + LOCKED_FOR - now
            if wait > timedelta(0):
                raise UserError("PERSON_LOCKED", minutes=int(wait.total_seconds() // 60) + 1)
        store.note_try(name, now, right=False)  # pulling the plug while it is checked gains nothing
        if not _fits(user.verifier, password):
            raise UserError("PERSON_WRONG")
        store.note_try(name, now, right=True)
        return user


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def _fits(verifier: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(verifier, password)
    except (VerificationError, InvalidHashError):
        return False

"""One delivery: everything in the outbox goes to the centre, and its answers are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from app.desk import OutboxState
from app.domain.masking import mask_text
from app.knowledge_use import MOST_WORDS, Use
from app.sync.client import BatchRefused, CentreClient, TokenRefused, check_address
from app.sync.credential import Credential
from app.sync.gaps import MOST_GAPS, GapSent, GapsSent
from app.sync.protocol import (
    MAX_BODY_BYTES,
    MAX_OPERATION_BYTES,
    MAX_OPERATIONS,
    Changes,
    NewsPage,
    Operation,
    OperationResult,
    RefusalReason,
    ResultStatus,
    Told,
    canonical,
)
from resources.errors import UserError

_ENVELOPE_BYTES = 1024
T = TypeVar("T")


class OutboxStore(Protocol):
    """What sync asks of the seat's store. Every method blocks; none is called on an event loop."""

    def waiting(self, limit: int) -> tuple[Operation, ...]:
        """The oldest operations that the centre has not answered."""

    def record_attempt(self, op_ids: Sequence[UUID]) -> None:
        """Count one more try."""

    def record_results(self, results: Sequence[OperationResult]) -> tuple[OperationResult, ...]:
        """Keep answers; those that were news."""

    def counts(self) -> dict[OutboxState, int]:
        """How many operations stand where."""

    def credential(self) -> Credential | None:
        """How the seat introduces itself."""

    def set_credential(self, credential: Credential | None) -> None:
        """Keep the credential."""

    def cursor(self, centre: str) -> int:
        """How far the change feed of a centre was followed."""

    def follow(self, centre: str, news: Changes) -> Told:
        """Keep changes and the cursor behind them; what changed."""

    def follow_page(self, centre: str, page: NewsPage) -> Told | None:
        """Keep news that came unasked; ``None`` when the seat has to pull first."""

    def gaps_to_send(self, limit: int) -> tuple[Use, ...]:
        """The oldest gaps and searches in vain that the centre has not confirmed."""

    def note_gaps_sent(self, ids: Sequence[str]) -> None:
        """The centre has these."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An operation with the centre's answer, now on disk at both ends."""

    operation: Operation
    result: OperationResult


async def deliver(
    store: OutboxStore, centre: CentreClient, answered: Callable[[Answered], None]
) -> None:
    """Push until nothing waits. ``answered`` hears of every answer after it is on disk.

    With nothing to push the centre is not asked at all: ``pull`` shows whether it is there.

    Raises ``UserError`` when the centre cannot take the operations; they stay in the outbox.
    """
    batch = await asyncio.to_thread(store.waiting, MAX_OPERATIONS)
    while batch:
        sent = _fitting(batch)
        await asyncio.to_thread(store.record_attempt, [operation.op_id for operation in sent])
        results = await _push(store, centre, sent)
        by_id = {operation.op_id: operation for operation in sent}
        known = [result for result in results if result.op_id in by_id]
        for result in await asyncio.to_thread(store.record_results, known):
            answered(Answered(by_id[result.op_id], result))
        if {result.op_id for result in results} != set(by_id):
            raise UserError("CENTRE_GARBLED", url=centre.url)
        batch = await asyncio.to_thread(store.waiting, MAX_OPERATIONS)


def _fitting(batch: Sequence[Operation]) -> list[Operation]:
    """As many of the first operations as one message may hold, at least one."""
    size, fitting = 0, list[Operation]()
    for operation in batch:
        size += len(canonical(operation.payload)) + _ENVELOPE_BYTES
        if fitting and size > MAX_BODY_BYTES:
            break
        fitting.append(operation)
    return fitting


async def _push(
    store: OutboxStore, centre: CentreClient, batch: Sequence[Operation]
) -> tuple[OperationResult, ...]:
    """Push a batch; one that the centre cannot read is halved until the culprit is alone."""
    if len(batch) == 1 and len(canonical(batch[0].payload)) > MAX_OPERATION_BYTES:
        return (_refused(batch[0], RefusalReason.TOO_LARGE),)
    try:
        return await _push_logged_in(store, centre, batch)
    except BatchRefused as refusal:
        if len(batch) == 1:
            return (_refused(batch[0], refusal.code),)
    middle = len(batch) // 2
    first = await _push(store, centre, batch[:middle])
    return first + await _push(store, centre, batch[middle:])


def _refused(operation: Operation, code: str) -> OperationResult:
    return OperationResult(op_id=operation.op_id, status=ResultStatus.REFUSED, reason=code)


async def _push_logged_in(
    store: OutboxStore, centre: CentreClient, batch: Sequence[Operation]
) -> tuple[OperationResult, ...]:
    return await logged_in(store, centre, lambda token: centre.push(token, batch))


async def logged_in(store: OutboxStore, centre: CentreClient, ask: Callable[[str], Awaitable[T]]) -> T:
    """The answer to ``ask(token)``; a token that has expired is renewed with the password."""
    credential = await asyncio.to_thread(store.credential)
    if credential is None or credential.server_url != centre.url:
        raise UserError("CENTRE_LOGIN_NEEDED", url=centre.url)
    if credential.token:
        try:
            return await ask(credential.token)
        except TokenRefused:
            pass  # expired: a new one is fetched below
    login = await centre.login(credential.seat, credential.password)
    await asyncio.to_thread(store.set_credential, replace(credential, token=login.token))
    try:
        return await ask(login.token)
    except TokenRefused:
        raise UserError("CENTRE_LOGIN_REFUSED") from None


async def pull(store: OutboxStore, centre: CentreClient) -> Told:
    """Follow the centre's change feed to its end; what changed.

    A seat that is not logged in only sees whether the centre is there. Raises ``UserError``; what
    came before it is kept.
    """
    credential = await asyncio.to_thread(store.credential)
    if credential is None or credential.server_url != centre.url:
        await centre.health()
        return {}
    changed: Told = {}
    more = True
    while more:
        cursor = await asyncio.to_thread(store.cursor, centre.url)
        news = await logged_in(store, centre, partial(centre.changes, after=cursor))
        if news is None:
            break
        more = news.more
        if more and news.cursor == cursor:
            raise UserError("CENTRE_GARBLED", url=centre.url)
        if news.cursor != cursor or news.changes:
            for kind, keys in (await asyncio.to_thread(store.follow, centre.url, news)).items():
                changed.setdefault(kind, set()).update(keys)
    return changed


async def send_gaps(store: OutboxStore, centre: CentreClient) -> None:
    """Tell the centre what its articles do not answer; nothing twice, since it knows each by its id.

    Raises ``UserError`` when the centre cannot take them; they go the next time.
    """
    credential = await asyncio.to_thread(store.credential)
    if credential is None or credential.server_url != centre.url:
        return
    while missing := await asyncio.to_thread(store.gaps_to_send, MOST_GAPS):
        sent = GapsSent(gaps=tuple(_gap(use) for use in missing))
        if not await logged_in(store, centre, partial(centre.keep_gaps, sent=sent)):
            return
        await asyncio.to_thread(store.note_gaps_sent, [use.id for use in missing])


def _gap(use: Use) -> GapSent:
    words = mask_text(use.words.replace("\0", " "))[:MOST_WORDS]
    return GapSent.model_validate({"id": use.id, "deed": use.deed, "words": words})


def log_in(store: OutboxStore, url: str, seat: str, password: str) -> Credential:
    """Try a seat's password at the centre and keep it. Raises ``UserError`` and keeps nothing new."""
    address = check_address(url)

    async def ask() -> str:
        async with CentreClient(address) as centre:
            return (await centre.login(seat, password)).token

    credential = Credential(address, seat, password, asyncio.run(ask()))
    store.set_credential(credential)
    return credential

"""Recordings on their way to the centre, and off the seat when their time is over."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from app.domain.call import Transcript
from app.domain.codec import transcript_to_json
from app.security.keys import RECORDINGS_FOLDER
from app.sync.client import CentreClient
from app.sync.delivery import OutboxStore, logged_in
from app.sync.protocol import PART_BYTES, RecordingPart, RecordingReceipt
from app.sync.reviews import ROOM_BYTES, TranscriptSent
from resources.errors import UserError
from speech.audio.recording import SUFFIX, RecordingReader, file_key

log = logging.getLogger(__name__)
AT_ONCE = 50
STILL_WRITTEN_S = 3600.0


class RecordingStore(OutboxStore, Protocol):
    """What the way of recordings asks of the seat's store, beside what sync asks anyway."""

    def not_uploaded(self, limit: int) -> tuple[str, ...]:
        """Ended calls whose recording the centre does not have."""

    def uploaded_before(self, moment: datetime) -> tuple[str, ...]:
        """Calls whose recording the centre has had since before a moment."""

    def transcript(self, call_id: str) -> Transcript:
        """What was said in a call."""

    def forgotten_calls(self) -> tuple[str, ...]:
        """Calls whose caller was forgotten: their recordings must go."""

    def note_uploaded(self, call_id: str, at: datetime) -> None:
        """The centre has it, or there is none."""


class Recordings:
    """The recordings of one seat. ``enough`` is asked between parts: tickets go first."""

    def __init__(self, store: RecordingStore, data_dir: Path, key: bytes) -> None:
        """``key`` is the master key of the recordings."""
        self._store = store
        self._folder = data_dir / RECORDINGS_FOLDER
        self._key = key

    async def upload(self, centre: CentreClient, enough: Callable[[], bool] = lambda: False) -> int:
        """Send what the centre lacks, going on where an earlier attempt broke off; how many are now
        there. Raises ``UserError`` when the centre cannot take more; what it has it keeps."""
        done = 0
        credential = await asyncio.to_thread(self._store.credential)
        if credential is None or credential.server_url != centre.url:
            return done
        for call_id in await asyncio.to_thread(self._store.not_uploaded, AT_ONCE):
            await self._send_talk(centre, call_id)
            path = self._folder / (call_id + SUFFIX)
            if path.is_file():
                if not await asyncio.to_thread(self._settled, path):
                    continue
                try:
                    if not await self._upload_one(centre, call_id, path, enough):
                        break
                except UserError as error:
                    if not error.code.startswith(("RECORDING_", "AUDIO_")):
                        raise
                    log.warning("a recording stays here: %s", error.code)
                    continue
                done += 1
            await asyncio.to_thread(self._store.note_uploaded, call_id, datetime.now(UTC))
        return done

    def forget_old(self, days: int, now: datetime) -> int:
        """Delete what the centre has had for ``days``, and recordings of callers whom it has
        forgotten; how many. Others are never deleted."""
        gone = 0
        over = self._store.uploaded_before(now - timedelta(days=days))
        for call_id in (*over, *self._store.forgotten_calls()):
            path = self._folder / (call_id + SUFFIX)
            if path.is_file():
                path.unlink()
                gone += 1
        return gone

    async def _send_talk(self, centre: CentreClient, call_id: str) -> None:
        """What was said goes before the sound: reviewers read more calls than they hear."""
        talk = await asyncio.to_thread(self._store.transcript, call_id)
        if not talk:
            return
        sent = TranscriptSent(call_id=call_id, said=transcript_to_json(talk))
        if len(sent.model_dump_json()) > ROOM_BYTES:
            bare = transcript_to_json([replace(one, words=()) for one in talk])
            sent = TranscriptSent(call_id=call_id, said=bare)
        await logged_in(self._store, centre, lambda token: centre.keep_transcript(token, sent))

    async def _upload_one(
        self, centre: CentreClient, call_id: str, path: Path, enough: Callable[[], bool]
    ) -> bool:
        """Whether the centre has all of it now."""
        whole = await asyncio.to_thread(self._describe, call_id, path)
        receipt = await self._send(centre, whole)
        while receipt is not None and not receipt.complete:
            if enough():
                return False
            data = await asyncio.to_thread(_read, path, receipt.received)
            part = whole.model_copy(update={"offset": receipt.received, "data": data})
            before, receipt = receipt, await self._send(centre, part)
            if receipt is not None and not receipt.complete and receipt.received <= before.received:
                raise UserError("CENTRE_GARBLED", url=centre.url)
        return receipt is not None

    def _settled(self, path: Path) -> bool:
        """Whether nobody writes to it any more: it was closed, or its program died long ago."""
        try:
            closed = RecordingReader(path, self._key).complete
        except UserError:  # told by whoever reads it next
            closed = True
        return closed or time.time() - path.stat().st_mtime > STILL_WRITTEN_S

    def _describe(self, call_id: str, path: Path) -> RecordingPart:
        key = file_key(path, self._key)
        digest, size = sha256(), 0
        with path.open("rb") as file:
            while block := file.read(PART_BYTES):
                digest.update(block)
                size += len(block)
        return RecordingPart(call_id=call_id, size=size, sha256=digest.hexdigest(), file_key=key.hex())

    async def _send(self, centre: CentreClient, part: RecordingPart) -> RecordingReceipt | None:
        return await logged_in(self._store, centre, lambda token: centre.keep_recording(token, part))


def _read(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PART_BYTES)

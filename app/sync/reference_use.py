"""What a seat uses of the centre's reference data, as it travels."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.sync.protocol import Message, Name

Version = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class DocumentUse(Message):
    """A document at a seat: the ``version`` that holds (empty = what ships with the program), the one
    that ``waiting`` holds from the next call on, and the one that was ``refused``, with the code of the
    ``reason``."""

    name: Name
    version: Version = ""
    waiting: Version | None = None
    refused: Version = ""
    reason: Version = ""


class ReferenceUse(Message):
    """All documents of which a seat has anything but what ships."""

    documents: Annotated[tuple[DocumentUse, ...], Field(max_length=64)] = ()

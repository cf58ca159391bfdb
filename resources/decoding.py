"""Tables that people saved: UTF-8 with or without a mark, or the Chinese national encoding."""

from __future__ import annotations

_ENCODINGS = ("utf-8-sig", "gb18030")


def table_text(content: bytes) -> str | None:
    """The text of a saved table; ``None`` when it is in another encoding or no text at all."""
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    return None

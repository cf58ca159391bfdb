"""Why the centre refused an operation, in words."""

from __future__ import annotations

from resources.texts import keys, text


def refusal_sentence(code: str, language: str) -> str:
    """The sentence for a reason code of ``OutboxRow.reason``; codes of a newer centre are named."""
    key = f"sync.{code}"
    if code.isupper() and key in keys(language):
        return text(key, language)
    return text("sync.refused_otherwise", language, code=code)

"""The three kinds of failure: a message for the user, a cancellation, or (everything else) a bug."""

from __future__ import annotations

from resources.texts import text


class UserError(Exception):
    """Something the user can understand and act on.

    ``code`` names the sentence ``errors.<code>`` in the text tables, which says what happened,
    what was kept and what to do next. ``values`` fill its placeholders.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def message(self, language: str) -> str:
        """The sentence for the user in ``language`` (``zh`` or ``en``)."""
        return text(f"errors.{self.code}", language, **self.values)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"


class Cancelled(Exception):
    """The user (or a newer task of the same kind) cancelled the work; nobody needs to be told."""

"""How the centre says no."""

from __future__ import annotations


class Refused(Exception):
    """Answer with this HTTP status and code; ``detail`` never repeats what was sent."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail

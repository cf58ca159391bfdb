"""What holds in this process: what ships with the program, until a centre's own takes its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class InForce(Generic[T]):
    """One kind of reference data. Call it for what holds now; any thread."""

    def __init__(self, bundled: Callable[[], T]) -> None:
        self._bundled = bundled
        self._own: tuple[T, ...] = ()

    def __call__(self) -> T:
        """The centre's own, or else what ships."""
        own = self._own
        return own[0] if own else self._bundled()

    def use(self, own: T | None) -> None:
        """Let a centre's own hold from now on; ``None`` goes back to what ships."""
        self._own = () if own is None else (own,)

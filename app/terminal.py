"""What a command prints: sentences in one language, JSON, and errors as one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resources.errors import UserError
from resources.texts import text

EXIT_OK, EXIT_ERROR, EXIT_DEGRADED, EXIT_BUG, EXIT_INTERRUPTED = 0, 2, 3, 70, 130
HARMLESS = ("AUDIO_ONE_SIDE", "SPEECH_BEHIND", "SPEECH_HASTY", "SPEECH_STEPPED_DOWN")
"""Worth a line on stderr, but nothing of the call is missing."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command's results go. ``json`` = print JSON instead of sentences."""

    language: str
    json: bool = False

    def say(self, key: str, **values: object) -> None:
        """Print a sentence of the ``cli`` text table."""
        print(text(f"cli.{key}", self.language, **values), flush=True)

    def show(self, lines: Iterable[str]) -> None:
        """Print lines at once."""
        for line in lines:
            print(line, flush=True)

    def print_json(self, value: object) -> None:
        """Print one JSON document."""
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str), flush=True)

    def show_figures(self, figures: Mapping[str, object], indent: int = 0) -> None:
        """Print nested figures, one a line."""
        for name, value in figures.items():
            if isinstance(value, Mapping):
                print(f"{'  ' * indent}{name}")
                self.show_figures(value, indent + 1)
            else:
                print(f"{'  ' * indent}{name:<28} {value}")

    def complain(self, error: UserError) -> None:
        """One line on stderr: the code, then what happened, what was kept, what to do."""
        sentence = " ".join(error.message(self.language).split())
        print(f"{error.code}: {sentence}", file=sys.stderr, flush=True)

    def complain_of(self, problems: Iterable[UserError]) -> int:
        """Name what was missing; the exit status that goes with it."""
        status = EXIT_OK
        for problem in problems:
            self.complain(problem)
            if problem.code not in HARMLESS:
                status = EXIT_DEGRADED
        return status

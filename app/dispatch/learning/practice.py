"""The trained model's voice beside the rules: what practice says about a case, in words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from app.dispatch.learning import MODEL_FILE
from app.dispatch.learning.file import load_model, save_model
from app.dispatch.learning.model import PracticeModel
from app.dispatch.voting import LAW, Case, Vote
from app.domain.ticket import UnitRole
from knowledge_base.embedding import Embedder, quick_embedder
from resources.errors import UserError
from resources.texts import text as sentence

_LIKELY = 0.15
"""A unit less likely than this is not worth a line."""
_DEFERENCE = 0.8
"""Practice may be a habit: its full certainty still weighs less than a clear rule."""
_MOST = 3


class PracticeVoter:
    """Votes by a model of the label ``unit``; lessons are in force with the next vote."""

    def __init__(self, model: PracticeModel, path: Path | None = None) -> None:
        """``path``: where the model is kept up to date by ``keep``."""
        self.model = model
        self._path = path
        self._learning = threading.Lock()

    def votes(self, case: Case) -> Iterator[Vote]:
        """The likeliest units; none where the law decides or the text says nothing known."""
        if not case.text.strip() or case.is_group or case.handling in LAW:
            return
        model = self.model
        for guess in model.predict(case.text).guesses[:_MOST]:
            if guess.probability < _LIKELY:
                return
            grounds = model.grounds(case.text, guess.label)
            if not grounds.agreeing:
                continue  # a probability that no past ticket stands for cannot be explained
            words = sentence(
                "dispatch.practice",
                "zh",
                alike=grounds.alike,
                agreeing=grounds.agreeing,
                unit=guess.label,
                words="、".join(grounds.words) or "—",
            )
            yield Vote(guess.label, UnitRole.LEAD, _DEFERENCE * guess.probability, words)

    def correct(self, text: str, unit: str) -> None:
        """A lead, an objection or a return settled that this text belongs to ``unit``."""
        with self._learning:
            self.model = self.model.learn(text, unit)

    def object(self, text: str, unit: str) -> None:
        """An upheld objection: not ``unit``, while the right one is not known yet."""
        with self._learning:
            self.model = self.model.unlearn(text, unit)

    def keep(self) -> None:
        """Write the lessons to the model's file. Raises ``UserError``."""
        if self._path is not None:
            save_model(self.model, self._path)


def practice_in(
    folder: Path, embedder: Callable[[], Embedder] = quick_embedder
) -> PracticeVoter | None:
    """The voter of a seat's folder, if a model lies there. Raises ``UserError`` for an unusable one."""
    path = folder / MODEL_FILE
    if not path.exists():
        return None
    model = load_model(path, embedder)
    if model.label != "unit":
        raise UserError("PRACTICE_DAMAGED", path=path, detail=f"label: {model.label}")
    return PracticeVoter(model, path)

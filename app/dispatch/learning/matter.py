"""The trained model's word on the catalogue item, for requests that the rules cannot place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.dispatch.catalogue import Catalogue, CatalogueItem
from app.dispatch.learning import CATEGORY_FILE
from app.dispatch.learning.file import load_model
from app.dispatch.learning.model import PracticeModel
from app.dispatch.voting import LearntItem
from knowledge_base.embedding import Embedder, quick_embedder
from resources.errors import UserError
from resources.texts import text as sentence

LIKELY = 0.5
"""From this probability on an item is more likely right than wrong, and worth suggesting."""


class PracticeMatter:
    """Proposes items by a model of the label ``category``.

    The labels of past tickets are items of the catalogue: codes, names, or paths joined by ``/``.
    """

    def __init__(self, model: PracticeModel) -> None:
        self._model = model

    def propose(self, text: str, catalogue: Catalogue) -> LearntItem | None:
        """The likeliest item; ``None`` when it is not likely, not explained or in no catalogue."""
        if not text.strip():
            return None
        best = self._model.predict(text).guesses[0]
        if best.probability < LIKELY:
            return None
        item = _item_called(best.label, catalogue)
        grounds = self._model.grounds(text, best.label)
        if item is None or not (grounds.agreeing and grounds.words):
            return None  # nothing that was said stands for it
        reason = sentence(
            "dispatch.practice_item",
            "zh",
            alike=grounds.alike,
            agreeing=grounds.agreeing,
            item=item.name,
            words="、".join(grounds.words) or "—",
        )
        return LearntItem(item, best.probability, reason, grounds.words)


def _item_called(label: str, catalogue: Catalogue) -> CatalogueItem | None:
    known = catalogue.by_code.get(label)
    if known is not None:
        return known
    path = tuple(part.strip() for part in label.split("/"))
    called = [item for item in catalogue.items if item.path[-len(path) :] == path]
    return called[0] if len(called) == 1 else None


def matter_in(folder: Path, embedder: Callable[[], Embedder] = quick_embedder) -> PracticeMatter | None:
    """What a seat's folder has learnt of categories. Raises ``UserError`` for an unusable model."""
    path = folder / CATEGORY_FILE
    if not path.exists():
        return None
    model = load_model(path, embedder)
    if model.label != "category":
        raise UserError("PRACTICE_DAMAGED", path=path, detail=f"label: {model.label}")
    return PracticeMatter(model)

"""The model for meaning: from the model store, or from the package that brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.errors import UserError

if TYPE_CHECKING:
    from knowledge_base.embedding import Embedder
    from speech.models import ModelStore

MODEL = "multilingual-e5-small"


def open_embedder(models: ModelStore, quick: bool = False) -> Embedder:
    """The embedder of this computer; of an installed model every byte is checked first.

    ``quick``: for what must be fast rather than exact, see ``E5Embedder``.

    Raises ``UserError("MEANING_UNAVAILABLE")``.
    """
    from knowledge_base.embedding import WEIGHTS, E5Embedder

    try:
        models.verify(MODEL)
    except UserError as error:
        if error.code == "MODEL_MISSING":
            return E5Embedder(quick=quick)
        damaged = f"{MODEL}/{error.values.get('file', '')}"
        raise UserError("MEANING_UNAVAILABLE", detail=damaged) from error
    return E5Embedder(models.path(MODEL) / WEIGHTS, quick)

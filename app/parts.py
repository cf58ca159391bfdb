"""The parts of one seat, each built when it is first used.

This is the composition root: nothing else in the product creates a store, an index or an engine.
A part that cannot be built says so with a ``UserError`` and may be tried again.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from app.statistics.sources import StatisticsSources
from resources.errors import UserError

if TYPE_CHECKING:
    from app.analysis import Analyst
    from app.dispatch.learning.matter import PracticeMatter
    from app.dispatch.learning.practice import PracticeVoter
    from app.dispatch.learning.returns import SeatReturns
    from app.dispatch.lessons import SeatLessons
    from app.dispatch.matters import SeatMatters
    from app.intake.analyst import Knowledge
    from app.knowledge_desk import KnowledgeDesk
    from app.reference.seat import Prepared, SeatReference
    from app.security.keys import MasterKey
    from app.settings import Settings
    from app.storage.seat_store import SeatStore
    from knowledge_base.embedding import Embedder
    from knowledge_base.search import KnowledgeBase
    from speech.audio.playback import Player
    from speech.engines.base import StreamingEngine, UtteranceEngine
    from speech.models import ModelStore
    from speech.repair.repairer import Repairer

T = TypeVar("T")
EVERY_TICKET = 1_000_000
log = logging.getLogger(__name__)


def models_dir() -> Path:
    """Where speech models lie: shared by all seats of a user, or ``JIESU_MODELS``."""
    if named := os.environ.get("JIESU_MODELS"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("jiesu-desk", False), "models")


class Lazy(Generic[T]):
    """A value built at the first call, once, from any thread."""

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._value: list[T] = []

    def __call__(self) -> T:
        """The value; raises what building it raised, and tries again next time."""
        with self._lock:
            if not self._value:
                self._value.append(self._build())
            return self._value[0]

    def built(self) -> T | None:
        """The value if it is there already."""
        return self._value[0] if self._value else None


class Parts:
    """Builds and holds the parts of the seat in ``data_dir``. Imports wait for first use too."""

    def __init__(self, data_dir: Path, settings: Callable[[], Settings]) -> None:
        self.data_dir = data_dir
        self._settings = settings
        self.key: Lazy[MasterKey] = Lazy(self._open_key)
        self.store: Lazy[SeatStore] = Lazy(self._open_store)
        self.knowledge: Lazy[KnowledgeBase] = Lazy(self._open_knowledge)
        self._articles: Lazy[KnowledgeDesk] = Lazy(self._open_articles)
        self.repairer: Lazy[Repairer] = Lazy(self._make_repairer)
        self.embedder: Lazy[Embedder] = Lazy(self._open_embedder)
        self.practice: Lazy[PracticeVoter | None] = Lazy(self._open_practice)
        self.matter: Lazy[PracticeMatter | None] = Lazy(self._open_matter)
        self.lessons: Lazy[SeatLessons] = Lazy(_open_lessons)
        self.returns: Lazy[SeatReturns] = Lazy(_open_returns)
        self.matters: Lazy[SeatMatters] = Lazy(_open_matters)
        self.analyst: Lazy[Analyst] = Lazy(self._make_analyst)
        self._reference: Lazy[SeatReference] = Lazy(self._open_reference)
        self.models: Lazy[ModelStore] = Lazy(self._open_models)
        self.player: Lazy[Player] = Lazy(self._make_player)
        self.statistics = StatisticsSources(lambda: self.store().tickets(EVERY_TICKET))
        self._renewed = (self.repairer, self.analyst)
        self._finals: dict[str, Lazy[UtteranceEngine]] = {}
        self._lives: dict[str, Lazy[StreamingEngine]] = {}

    @property
    def articles(self) -> KnowledgeDesk:
        """The knowledge base for operators and editors."""
        return self._articles()

    @property
    def reference(self) -> SeatReference:
        """What the centre published."""
        return self._reference()

    def recording_path(self, call_id: str) -> Path:
        """Where a call's sound is kept."""
        from app.security.keys import RECORDINGS_FOLDER
        from speech.audio.recording import SUFFIX

        return self.data_dir / RECORDINGS_FOLDER / (call_id + SUFFIX)

    def final_engine(self, model: str) -> UtteranceEngine:
        """The engine for the final text. Raises ``UserError`` when the model is not installed."""
        lazy = self._finals.setdefault(model, Lazy(lambda: self.models().load_final(model)))
        return lazy()

    def lighter_engine(self, model: str) -> UtteranceEngine | None:
        """The engine of the next smaller model that is installed."""
        smaller = self.models().lighter(model)
        return self.final_engine(smaller) if smaller else None

    def loaded_final(self, model: str) -> UtteranceEngine | None:
        """The engine for the final text if it was loaded already: nobody waits for it."""
        lazy = self._finals.get(model)
        return lazy.built() if lazy is not None else None

    def live_engine(self, model: str) -> StreamingEngine:
        """The engine for text while somebody speaks."""
        lazy = self._lives.setdefault(model, Lazy(lambda: self.models().load_live(model)))
        return lazy()

    def live_model(self) -> str:
        """The streaming model to use: the one of the settings, else an installed one, else none."""
        if named := self._settings().live_model:
            return named
        states = self.models().list()
        return next((state.name for state in states if state.installed and state.use == "live"), "")

    def close(self) -> None:
        """Close what was opened, in the order in which the parts lean on each other."""
        gc.unfreeze()
        if (player := self.player.built()) is not None:
            player.stop()
        if (knowledge := self.knowledge.built()) is not None:
            knowledge.close()
        self.statistics.close()
        if (reference := self._reference.built()) is not None:
            reference.close()
        if (store := self.store.built()) is not None:
            store.close()

    def _open_key(self) -> MasterKey:
        from app.security.keys import open_master_key

        return open_master_key(self.data_dir)

    def _open_store(self) -> SeatStore:
        from app.storage.seat_store import SeatStore

        return SeatStore(self.data_dir, self.key().database)

    def _open_articles(self) -> KnowledgeDesk:
        from app.knowledge_desk import KnowledgeDesk

        return KnowledgeDesk(lambda: self.store(), lambda: self.knowledge())

    def _open_reference(self) -> SeatReference:
        from app.reference.seat import SeatReference
        from app.reference.update import TrustedUpdates

        return SeatReference(lambda: self.store(), TrustedUpdates(self.data_dir).accept)

    def _open_knowledge(self) -> KnowledgeBase:
        from app.sample_data import put_articles
        from knowledge_base.search import KnowledgeBase

        store = self.store().articles()
        if self._settings().sample_articles == "yes":
            put_articles(store)
        return KnowledgeBase(store, self.data_dir / "kb-index")

    def prepare_reference(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read the centre's reference data and build what is made of it; see ``SeatReference``."""
        news, refused = self.reference.prepare()
        ready = self.reference.ready
        if ready.names == self.reference.used.names:
            repairer = self.repairer
        else:
            repairer = Lazy(lambda: self._make_repairer(ready))
        self._renewed = (repairer, Lazy(lambda: self._make_analyst(ready, repairer)))
        if news and self.analyst.built() is not None:  # the next call shall not wait for it
            self._renewed[1]()
        return news, refused

    def take_up_reference(self) -> None:
        """Use from now on what was made ready; between calls."""
        if not self.reference.prepared:
            self.prepare_reference()
        if self.reference.take_up():
            self.repairer, self.analyst = self._renewed

    def _make_repairer(self, reference: Prepared | None = None) -> Repairer:
        from app.own_names import OwnNames, read_own_names
        from speech.repair.repairer import Repairer

        try:
            own = read_own_names(self.data_dir)
        except UserError as error:  # told by whoever prepares the seat
            log.warning("%s", error)
            own = OwnNames()
        own = own.and_those_of((reference or self.reference.used).names)
        return Repairer(own.gazetteer(), own.words)

    def _make_analyst(
        self, reference: Prepared | None = None, repairer: Lazy[Repairer] | None = None
    ) -> Analyst:
        from app.intake.analyst import RuleAnalyst

        try:
            practice = self.practice()
        except UserError as error:  # told by whoever prepares the seat; the rules need no model
            log.warning("%s", error)
            practice = None
        try:
            matter = self.matter()
        except UserError as error:
            log.warning("%s", error)
            matter = None
        voters = (self.lessons(), self.returns(), *((practice,) if practice else ()))
        return RuleAnalyst(
            (repairer or self.repairer)().finder,
            (reference or self.reference.used).catalogue,
            knowledge=self.suggested_articles(),
            voters=voters,
            learnt=matter.propose if matter else None,
        )

    def _open_practice(self) -> PracticeVoter | None:
        from app.dispatch.learning import MODEL_FILE

        if not (self.data_dir / MODEL_FILE).exists():
            return None  # the libraries a model needs are not even loaded
        from app.dispatch.learning.practice import practice_in
        from app.meaning_model import open_embedder

        return practice_in(self.data_dir, lambda: open_embedder(self.models(), quick=True))

    def _open_matter(self) -> PracticeMatter | None:
        from app.dispatch.learning import CATEGORY_FILE

        if not (self.data_dir / CATEGORY_FILE).exists():
            return None
        from app.dispatch.learning.matter import matter_in
        from app.meaning_model import open_embedder

        return matter_in(self.data_dir, lambda: open_embedder(self.models(), quick=True))

    def _open_embedder(self) -> Embedder:
        from app.meaning_model import open_embedder

        return open_embedder(self.models())

    def suggested_articles(self) -> Knowledge:
        """What suggests articles while one talk goes on."""
        from knowledge_base.talk import FollowedTalk

        followed = FollowedTalk()
        return lambda talk, words, district: followed.suggest(
            self.knowledge(),
            talk,
            tuple(words.split()),
            district,
            self.articles.likings(),
        )

    def _open_models(self) -> ModelStore:
        from speech.models import ModelStore

        return ModelStore(models_dir())

    def _make_player(self) -> Player:
        from speech.audio.playback import Player

        return Player()


def _open_lessons() -> SeatLessons:
    from app.dispatch.lessons import SeatLessons

    return SeatLessons()


def _open_returns() -> SeatReturns:
    from app.dispatch.learning.returns import SeatReturns

    return SeatReturns()


def _open_matters() -> SeatMatters:
    from app.dispatch.matters import SeatMatters

    return SeatMatters()

"""What a seat shows on its first day: the setup assistant step by step, and the tour's cards."""

from __future__ import annotations

from pathlib import Path

from app.domain.call import CallState, Speaker
from app.events import AudioEnded, AudioLevel, PartialHeard, UtteranceHeard
from bench.scenes import Scenes, Stage
from speech.utterance import Utterance
from ui.first_day.tour import STEPS

SAID = "您好，北京市一二三四五市民服务热线，请问有什么可以帮您？"


def setup_scenes(stage: Stage) -> Scenes:
    """Each step as it is entered; a model that comes and one that cannot; a trial that is heard."""
    guide = stage.window.guide
    guide.open("language")
    page = guide.page
    for step in page.steps:
        page.show_step(step.name)
        yield stage.scene(f"setup-{step.name}")
    page.show_step("model")
    stage.settle()
    offer = page.model.chosen
    assert offer is not None
    with stage.held_up():
        page.model.install(offer, Path("missing.zip"))
        yield stage.waiting("setup-model-comes")
    stage.settle()
    yield stage.scene("setup-model-failed")
    page.show_step("trial")
    stage.settle()
    trial = page.trial
    trial.sample.click()
    stage.until(lambda: trial.state.property("tone") == "bad")
    yield stage.scene("setup-trial-failed")
    said = Utterance("u-1", Speaker.OPERATOR, 0.5, 5.0, SAID, SAID, "whisper-base")
    with stage.held_up():
        trial.sample.click()
        trial.listening.heard.emit(AudioLevel(Speaker.OPERATOR, -20.0))
        trial.listening.heard.emit(PartialHeard(Speaker.OPERATOR, 0.5, SAID[:12]))
        yield stage.waiting("setup-trial-listens")
        trial.listening.heard.emit(UtteranceHeard(said, 0.4))
        trial.listening.heard.emit(AudioEnded(5.0))
        yield stage.waiting("setup-trial-heard")
    page.done.emit()
    stage.settle()


def tour_scenes(stage: Stage) -> Scenes:
    """Every card over the practice desk, with something to see in each part."""
    tour = stage.window.guide.tour
    stage.show("desk")
    tour.begin()
    stage.until(lambda: tour.view is not None)
    practice, view = tour.practice, tour.view
    assert practice is not None
    assert view is not None
    stage.until(lambda: practice.control.state is CallState.TALKING)
    stage.until(lambda: practice.desk_page.units.model.rowCount() > 0)
    for step in STEPS:
        yield stage.scene(f"tour-{step}", part=view.card)
        view.stepped.emit(1)
        stage.settle()
    stage.until(lambda: tour.practice is None)

"""The pages beside the seat, empty and filled, loading and failed; drills, reviews, help, the lock."""

from __future__ import annotations

from functools import partial

from app.domain.call import CallState
from app.sync.protocol import OperationResult, ResultStatus
from app.training.live import LiveDrill, Style
from app.training.trainee import perfect_trainee
from bench.centre_scenes import centre_scenes
from bench.first_scenes import setup_scenes, tour_scenes
from bench.monkey_hands import NAME, PASSWORD
from bench.monkey_seat import known_operator
from bench.scenes import NUMBER, Scenes, Stage, desk_scenes
from resources.errors import UserError
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from ui.window.top_bar import PAGES

DRILL_PACE = 4.0


def scenes(stage: Stage) -> Scenes:
    """All of them, in an order in which one prepares the next."""
    yield from setup_scenes(stage)
    yield from tour_scenes(stage)
    yield from loading_scenes(stage)
    yield from empty_scenes(stage)
    yield from desk_scenes(stage)
    yield from ticket_scenes(stage)
    yield from knowledge_scenes(stage)
    yield from review_scenes(stage)
    yield from statistics_scenes(stage)
    yield from help_scenes(stage)
    yield from drill_scenes(stage)
    yield from centre_scenes(stage)
    yield from lock_scenes(stage)


def loading_scenes(stage: Stage) -> Scenes:
    """Each page while what it asked for has not come."""
    for page in PAGES[1:]:
        with stage.held_up():
            stage.window.show_page(page)
            yield stage.waiting(f"{page}-loading")


def empty_scenes(stage: Stage) -> Scenes:
    """Each page at a seat at which nothing happened yet."""
    for page in PAGES[1:]:
        stage.show(page)
        yield stage.scene(f"{page}-empty")
    queues = stage.window.queues_page
    stage.show("queues")
    for code in ("CENTRE_UNREACHABLE", "CENTRE_PROTOCOL"):
        queues._on_failed(UserError(code, url="https://centre.example", detail="403"))
        yield stage.scene(f"queues-{code.lower()}")


def ticket_scenes(stage: Stage) -> Scenes:
    """Tickets that wait, one that was refused, one that is put right."""
    page = stage.window.tickets_page
    stage.hear()
    stage.submit()
    stage.go_on()
    stage.show("tickets")
    page.table.selectRow(0)
    yield stage.scene("tickets")
    page.view.amend.click()
    yield stage.scene("tickets-put-right")
    page.view.form.left.emit()
    store = stage.desk.parts.store()
    operation = store.waiting(10)[0]
    store.record_results(
        [OperationResult(op_id=operation.op_id, status=ResultStatus.REFUSED, reason="TICKET_INVALID")]
    )
    page.refresh()
    stage.settle()
    page.open_ticket(operation.ticket_id)
    yield stage.scene("tickets-refused")
    page.line.setText("zxqzxq")
    page.line.textEdited.emit("zxqzxq")
    yield stage.scene("tickets-none-found")
    page.line.clear()
    page.line.textEdited.emit("")


def knowledge_scenes(stage: Stage) -> Scenes:
    """Articles found, read, not found; what operators miss."""
    window = stage.window
    page = window.knowledge_page
    stage.show("knowledge")
    with stage.held_up():
        page.search.search_for("居住证")
        stage.until(lambda: page.search._running)
        yield stage.waiting("knowledge-searching")
    stage.settle()
    page.useful.click()
    yield stage.scene("knowledge-found")
    page.search.search_for("zxqzxq")
    yield stage.scene("knowledge-nothing")
    page.marks.report_gap("电动自行车楼道充电罚款")
    page.search.search_for("")
    stage.settle()
    stage.show("editor")
    yield stage.scene("editor-gaps")
    for name in ("in_vain", "due", "cited", "doubted"):
        window.editor_page.show_list(name)
        yield stage.scene(f"editor-{name}")
    window.editor_page.log_in.click()
    yield stage.scene("editor-log-in")
    window.editor_page.login.hide()
    window.editor_page.show_list("gaps")


def review_scenes(stage: Stage) -> Scenes:
    """The queue; a call laid open with its sound; logging in at the centre."""
    desk, page = stage.desk, stage.window.review_page
    call = desk.parts.store().calls(1)[0].call
    path = desk.parts.recording_path(call.id)
    if not path.exists():
        writer = RecordingWriter(path, desk.parts.key().recordings)
        for block in FileSource(resource_path("calls", "03-bbq-fumes.flac"), None).blocks():
            if isinstance(block, AudioBlock):
                writer.append(block)
        writer.close()
    stage.show("review")
    yield stage.scene("review-queue")
    page.queue.table.selectRow(0)
    stage.until(lambda: page.opened is not None)
    stage.settle()
    page.sheet.answered.emit("understanding", 1.0, "")
    page.call.wave.choose(19.5)
    page.call.talk.mark_second(19.5)
    yield stage.scene("review-open")
    page.queue.places.chosen.emit("centre")
    yield stage.scene("review-log-in")
    page.login.hide()


def statistics_scenes(stage: Stage) -> Scenes:
    """Numbers of the seat, the tickets behind one, logging in at the centre."""
    page = stage.window.statistics_page
    stage.show("statistics")
    yield stage.scene("statistics")
    page.cards[0].click()
    yield stage.scene("statistics-behind")
    page.log_in.click()
    yield stage.scene("statistics-log-in")
    page.login.hide()


def help_scenes(stage: Stage) -> Scenes:
    """A task of the guides, and a search that finds none."""
    window = stage.window
    stage.show("desk")
    window.helping.toggle()
    yield stage.scene("help")
    for words, name in (("zxqzxq", "help-nothing"), ("", "")):
        window.helping.page.line.setText(words)
        window.helping.page.line.textEdited.emit(words)
        if name:
            yield stage.scene(name)
    window.helping.toggle()


def drill_scenes(stage: Stage) -> Scenes:
    """The cases by style, a coached drill in both of its windows, its score, what is known after it."""
    window = stage.window
    page = window.drill_page
    stage.show("drill")
    page.setup.trainee.setText("王晓")
    page.table.selectRow(9)
    for style in (Style.EXAM, Style.COACH):
        page.setup.style_row.chosen.emit(style)
        yield stage.scene(f"drill-{style}")
    page.line.setText("zxqzxq")
    page.line.textEdited.emit("zxqzxq")
    yield stage.scene("drill-none-found")
    page.line.clear()
    page.line.textEdited.emit("")
    page.table.selectRow(9)
    page.setup.start.click()
    stage.until(lambda: page.director.running is not None and page.director.running.trainer)
    running = page.director.running
    assert running is not None
    drill, desk, trainer = running.drill, running.desk, running.trainer
    assert drill is not None
    assert trainer is not None
    desk.resize(window.size())
    drill._clock._pace = DRILL_PACE
    for step in [step for step in perfect_trainee(running.setup.scenario) if step.say][:4]:
        enough = len(drill.record().said) + 2
        desk.drill_bar.said.emit(step.say)
        stage.until(partial(_said, drill, enough))
    drill.note("先安抚，再问地址")
    yield stage.scene("drill-desk", desk)
    yield stage.scene("drill-trainer", trainer)
    desk.control.hang_up()
    stage.until(lambda: desk.control.state is CallState.WRAPPING)
    page.score.attempt = None
    desk.desk_page.ticket.submit.click()
    stage.until(lambda: page.score.attempt is not None)
    stage.settle()
    page.score.timeline.choose(8)
    yield stage.scene("drill-score")
    page.score.back.click()
    for view in ("held", "progress", "coverage"):
        page.views.chosen.emit(view)
        yield stage.scene(f"drill-{view}")
    page.views.chosen.emit("cases")


def _said(drill: LiveDrill, enough: int) -> bool:
    return len(drill.record().said) >= enough


def lock_scenes(stage: Stage) -> Scenes:
    """Who works here; a refused password."""
    locking, page = stage.window.locking, stage.window.lock_page
    stage.show("desk")
    locking.log_in()
    yield stage.scene("lock-log-in")
    page.show_problem(stage.window.language.error(UserError("PERSON_WRONG")))
    yield stage.scene("lock-refused")
    stage.desk.parts.store().put_user(known_operator())
    page.asked.emit(NAME, PASSWORD)
    stage.until(lambda: not locking.locked)
    stage.ring("locked", NUMBER, pace=4.0)
    stage.desk.telephone.answer()
    stage.until(lambda: stage.window.control.state is CallState.TALKING)
    yield stage.scene("desk-logged-in")
    locking.lock()
    yield stage.scene("lock-in-a-call")
    page.asked.emit("", PASSWORD)
    stage.until(lambda: not locking.locked)
    stage.window.control.hang_up()
    stage.until(lambda: stage.window.control.state is CallState.WRAPPING)

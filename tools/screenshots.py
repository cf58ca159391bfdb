"""Take the pictures of the documentation from the running program.

``python -m tools.screenshots [--out docs/images] [--size 1600x900] [--call CASE.json]``
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["JIESU_KEYRING"] = "on"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keyring
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import ScriptCall
from app.domain.call import CallState
from app.settings import Settings, save_settings
from app.training.live import Style
from app.training.trainee import perfect_trainee
from app.workplace import Workplace
from resources.loader import resource_path
from speech.audio.files import FileSource
from speech.audio.recording import RecordingWriter
from speech.audio.source import AudioBlock
from ui.desk_window import DeskWindow
from ui.main import make_application, open_window

THEMES, LANGUAGES = ("light", "dark"), ("zh", "en")
PACE = 20.0


class PictureKeyring(keyring.backend.KeyringBackend):
    """Keeps secrets for this run only: pictures must not touch the keyring of whoever takes them."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, if it was set in this run."""
        return self._secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret until the program ends."""
        self._secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        self._secrets.pop((service, username), None)


def wait_for(condition: object, within_ms: int = 30_000) -> bool:
    """Run the event loop until the condition holds. False when the time ran out."""
    loop, polled, ended = QEventLoop(), QTimer(), QTimer()
    held: list[bool] = []

    def look() -> None:
        if condition():  # type: ignore[operator]
            held.append(True)
            loop.quit()

    polled.timeout.connect(look)
    polled.start(20)
    ended.setSingleShot(True)
    ended.timeout.connect(loop.quit)
    ended.start(within_ms)
    loop.exec()
    return bool(held)


def settle(milliseconds: int = 400) -> None:
    """Let queued events, layouts and repaints happen."""
    wait_for(lambda: False, milliseconds)


def take(window: QWidget, path: Path) -> None:
    """Save what the window shows."""
    settle()
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path))
    print(path, flush=True)


def main() -> int:
    """All pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--size", default="1600x900")
    parser.add_argument("--call", type=Path, default=resource_path("calls", "03-bbq-fumes.json"))
    parser.add_argument("--desk-only", action="store_true")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    from app.workplace import Workplace

    keyring.set_keyring(PictureKeyring())
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="jiesu-pictures-") as folder:
        data_dir = Path(folder)
        save_settings(data_dir, Settings(theme="light"))
        window = open_window(Workplace(data_dir), application, data_dir / "reports")
        window.resize(width, height)
        window.show()
        window.load()
        wait_for(lambda: not window.background.busy, 60_000)
        if not options.desk_only:
            take(window, options.out / "ready-light-zh.png")
        window.start_call(ScriptCall(options.call, PACE))
        if not wait_for(lambda: window.control.state is CallState.TALKING):
            print(window.message.text, file=sys.stderr)
            return 1
        wait_for(lambda: window.control.seconds > 30 or window.control.state is not CallState.TALKING)
        take(window, options.out / "call-light-zh.png")
        wait_for(lambda: window.control.state is not CallState.TALKING)
        for theme in THEMES:
            for language in LANGUAGES:
                dress(window, theme, language)
                take(window, options.out / f"desk-{theme}-{language}.png")
        if not options.desk_only:
            take_pages(window, options.out)
        window.close()
        application.processEvents()
    return 0


def dress(window: DeskWindow, theme: str, language: str) -> None:
    """Show another theme and language."""
    window.appearance.use(theme)
    window.language.use(language)  # type: ignore[arg-type]
    QApplication.processEvents()


def take_pages(window: DeskWindow, out: Path) -> None:
    """Submit the ticket and show every other page in both themes."""
    dress(window, "light", "zh")
    window.desk_page.ticket.submit.click()
    wait_for(lambda: window.desk_page.draft is None)
    take(window, out / "submitted-light-zh.png")
    take_reviews(window, out)
    take_drills(window, out)
    for page in ("tickets", "knowledge", "statistics", "settings"):
        for theme, language in (("light", "zh"), ("dark", "en")):
            dress(window, theme, language)
            window.show_page(page)
            if page == "knowledge":
                window.knowledge_page.search.line.setText("居住证")
                window.knowledge_page.search.line.textEdited.emit("居住证")
            settle()
            wait_for(lambda: not window.background.busy)
            take(window, out / f"{page}-{theme}-{language}.png")


def take_reviews(window: DeskWindow, out: Path) -> None:
    """The submitted ticket laid open, with the sound of the sample call."""
    desk, page = window.review_page._desk, window.review_page
    assert isinstance(desk, Workplace)
    call = desk.parts.store().calls(1)[0].call
    writer = RecordingWriter(desk.parts.recording_path(call.id), desk.parts.key().recordings)
    for block in FileSource(resource_path("calls", "03-bbq-fumes.flac"), None).blocks():
        if isinstance(block, AudioBlock):
            writer.append(block)
    writer.close()
    window.show_page("review")
    wait_for(lambda: page.queue.model.rowCount() > 0)
    page.queue.table.selectRow(0)
    wait_for(lambda: page.opened is not None and not window.background.busy)
    page.sheet.answered.emit("understanding", 1.0, "")
    page.call.wave.choose(19.5)
    page.call.talk.mark_second(19.5)
    for theme in THEMES:
        for language in LANGUAGES:
            dress(window, theme, language)
            take(window, out / f"review-{theme}-{language}.png")
    dress(window, "light", "zh")


def take_drills(window: DeskWindow, out: Path) -> None:
    """The cases; a coached drill under way with both of its windows; its score; what is covered."""
    page = window.drill_page
    window.show_page("drill")
    wait_for(lambda: page.model.rowCount() > 0 and not window.background.busy)
    page.setup.trainee.setText("王晓")
    page.table.selectRow(9)
    page.setup.style_row.chosen.emit(Style.COACH)
    for theme in THEMES:
        for language in LANGUAGES:
            dress(window, theme, language)
            take(window, out / f"drills-{theme}-{language}.png")
    dress(window, "light", "zh")
    for theme, language in (("light", "zh"), ("dark", "en")):
        dress(window, theme, language)
        hold_drill(window, out, f"{theme}-{language}")
    dress(window, "light", "zh")


def hold_drill(window: DeskWindow, out: Path, name: str) -> None:
    """One drill from its beginning to its score."""
    page = window.drill_page
    page.setup.start.click()
    wait_for(lambda: page.director.running is not None and page.director.running.trainer is not None)
    running = page.director.running
    assert running is not None
    drill, desk, trainer = running.drill, running.desk, running.trainer
    assert drill is not None
    assert trainer is not None
    desk.resize(window.size())
    drill._clock._pace = 4.0
    for step in [step for step in perfect_trainee(running.setup.scenario) if step.say][:5]:
        count = len(drill.record().said)
        desk.drill_bar.said.emit(step.say)
        wait_for(lambda count=count: len(drill.record().said) > count + 1, 15_000)
    drill.note("先安抚，再问地址")
    settle(1500)
    take(desk, out / f"drill-{name}.png")
    take(trainer, out / f"trainer-{name}.png")
    desk.control.hang_up()
    wait_for(lambda: drill.record().when("ended") is not None)
    page.score.attempt = None
    desk.desk_page.ticket.submit.click()
    wait_for(lambda: page.score.attempt is not None)
    page.score.timeline.choose(8)
    take(window, out / f"score-{name}.png")
    page.score.back.click()
    page.views.chosen.emit("progress")
    take(window, out / f"progress-{name}.png")
    page.views.chosen.emit("coverage")
    take(window, out / f"coverage-{name}.png")
    page.views.chosen.emit("cases")


if __name__ == "__main__":
    sys.exit(main())

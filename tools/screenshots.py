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
from PySide6.QtWidgets import QApplication

from app.desk import ScriptCall
from app.domain.call import CallState
from app.settings import Settings, save_settings
from resources.loader import resource_path
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


def take(window: DeskWindow, path: Path) -> None:
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
    from app.workplace import open_desk

    keyring.set_keyring(PictureKeyring())
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory(prefix="jiesu-pictures-") as folder:
        data_dir = Path(folder)
        save_settings(data_dir, Settings(theme="light"))
        window = open_window(open_desk(data_dir), application, data_dir / "reports")
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
    for page in ("tickets", "knowledge", "settings"):
        for theme, language in (("light", "zh"), ("dark", "en")):
            dress(window, theme, language)
            window.show_page(page)
            if page == "knowledge":
                window.knowledge_page.search.line.setText("居住证")
                window.knowledge_page.search.line.textEdited.emit("居住证")
            settle()
            wait_for(lambda: not window.background.busy)
            take(window, out / f"{page}-{theme}-{language}.png")


if __name__ == "__main__":
    sys.exit(main())

"""A real browser that stays open: goes to pages, fills in forms, presses buttons; imported by tests.

It is driven through the protocol of its own developer tools, so pages are as citizens get them.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import AXE, chromium
from websockets.sync.client import ClientConnection, connect

WAIT_S = 60.0
DESKTOP, PHONE = (1280, 900), (390, 844)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class LiveBrowser:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._loaded = False
        self.call("Page.enable")

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """A command of the developer tools, and what it answers."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": given}))
        while True:
            told = json.loads(self._socket.recv(WAIT_S))
            self._loaded |= told.get("method") == "Page.loadEventFired"
            if told.get("id") == self._number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    def size(self, width: int, height: int) -> None:
        """As large as a desk's screen or a phone's."""
        shown = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **shown)

    def go(self, url: str) -> None:
        """Open a page."""
        self._loaded = False
        self.call("Page.navigate", url=url)
        self._wait_until_loaded()

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        given = {"returnByValue": True, "awaitPromise": True, "userGesture": True}
        told = self.call("Runtime.evaluate", expression=script, **given)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def send(self, form: str, **fields: str) -> str:
        """Fill in a form (a selector) as somebody at the page would, press its button; the new page's
        text. Fields that are not there, and a button that is not to be seen, are an error."""
        self._loaded = False
        self.run(
            f"""(() => {{
              const form = document.querySelector({json.dumps(form)});
              const details = form.closest('details');
              if (details) details.open = true;
              for (const [name, value] of Object.entries({json.dumps(fields)})) {{
                const field = form.elements[name];
                if (field instanceof RadioNodeList) field.value = value;
                else {{ field.focus(); field.value = value; }}
              }}
              const button = form.querySelector('button');
              const ready = form.reportValidity() && button.checkVisibility();
              if (!ready) throw new Error('not to be sent');
              button.click();
            }})()"""
        )
        self._wait_until_loaded()
        return self.text

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.run("document.body.innerText"))

    def violations(self) -> list[Any]:
        """What the accessibility checker finds on the page as it is now."""
        if not AXE.exists():
            pytest.skip("axe-core was not fetched: make setup-tests")
        self.run(AXE.read_text("utf-8") + "; 0")
        check = f"axe.run(document, {{runOnly: {json.dumps(_RULES)}}})"
        wrong = "found.violations.map(one => [one.id, one.nodes.map(node => node.html)])"
        shown = f"({{passes: found.passes.length, wrong: {wrong}}})"
        told = self.run(f"{check}.then(found => {shown})")
        assert told["passes"] > 5
        return list(told["wrong"])

    def overflows(self) -> bool:
        """Whether the page is wider than the screen."""
        return bool(self.run("document.documentElement.scrollWidth > window.innerWidth"))

    def picture(self, path: Path) -> None:
        """The whole page as it is shown."""
        told = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(told["data"]))

    def _wait_until_loaded(self) -> None:
        while not self._loaded:
            self._loaded = json.loads(self._socket.recv(WAIT_S)).get("method") == "Page.loadEventFired"


@contextmanager
def live_browser(folder: Path) -> Iterator[LiveBrowser]:
    """Start a browser with a fresh profile in a folder."""
    words = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    words += [
        "--no-first-run",
        "--accept-lang=zh-CN",
        "--disable-background-networking",
        "--hide-scrollbars",
    ]
    words += ["--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}", "about:blank"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    try:
        told = next(line for line in process.stderr if line.startswith("DevTools listening on "))
        threading.Thread(target=process.stderr.read, daemon=True).start()  # or it stops at a full pipe
        address = told.split()[-1]
        with connect(address, max_size=None) as socket:
            target = _first_tab(socket)
        tab = f"{address.split('/devtools/')[0]}/devtools/page/{target}"
        with connect(tab, max_size=None) as socket:
            yield LiveBrowser(socket)
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


def _first_tab(socket: ClientConnection) -> str:
    socket.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
    while (told := json.loads(socket.recv(WAIT_S))).get("id") != 1:
        pass
    return str(next(one["targetId"] for one in told["result"]["targetInfos"] if one["type"] == "page"))

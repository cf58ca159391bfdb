"""A real browser without a window, and the accessibility checker inside it; imported by tests."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

AXE = Path(__file__).parents[1] / ".venv" / "axe-core" / "package" / "axe.min.js"
_addresses = itertools.count(1)
CHECK = """<script src="/axe.min.js"></script><script>
axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
  .then(found => { document.documentElement.dataset.axe = JSON.stringify(
    {violations: found.violations.map(one => [one.id, one.nodes.map(node => node.html)]),
     passes: found.passes.length}) })
</script>"""


def chromium() -> str:
    """The browser; the test is skipped where there is none."""
    found = (
        shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    if found is None:
        pytest.skip("no chromium on this machine")
    return found


def browse(url: str, folder: Path, *options: str) -> str:
    """Open a page in a fresh profile; what the browser printed."""
    command = [
        *(chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *("--hide-scrollbars", "--no-first-run", "--disable-background-networking"),
        *(f"--user-data-dir={folder / 'profile'}", *options, url),
    ]
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    return done.stdout.decode()


def violations(url: str, folder: Path, headers: dict[str, str] | None = None) -> list[Any]:
    """What the checker finds in a page as the browser shows it; it must have checked something."""
    if not AXE.exists():
        pytest.skip("axe-core was not fetched: make setup-tests")
    with _with_checker(url, headers or {}) as address:
        dom = browse(address, folder, "--virtual-time-budget=20000", "--dump-dom")
    found = re.search(r'data-axe="([^"]*)"', dom)
    assert found, dom[:2000]
    result = json.loads(html.unescape(found[1]))
    assert result["passes"] > 5
    return list(result["violations"])


def get_as_somebody(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """A page, asked for from a loopback address of its own: the public's pace is per address."""
    number = next(_addresses)
    address = f"127.{number // 62_500 % 250 + 1}.{number // 250 % 250}.{number % 250 + 1}"
    with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=60) as http:
        return http.get(url, headers=headers)


@contextmanager
def _with_checker(url: str, headers: dict[str, str]) -> Iterator[str]:
    """The page again, from another address, with the checker in it: its own rules allow no script."""
    origin = "/".join(url.split("/")[:3])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/axe.min.js":
                body, kind = AXE.read_bytes(), "text/javascript"
            else:
                answer = get_as_somebody(origin + self.path, headers)
                body, kind = answer.content, answer.headers.get("content-type", "")
                body = body.replace(b"</body>", CHECK.encode() + b"</body>")
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{url.removeprefix(origin)}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

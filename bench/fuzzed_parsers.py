"""The parsers of files and messages from outside, each with sound examples, for ``bench fuzz``."""

from __future__ import annotations

import asyncio
import io
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote_from_bytes
from uuid import uuid4

import httpx

from app.catalogue_tools import read_requests
from app.dispatch.exchange import read_version
from app.dispatch.units import bundled_units, import_units
from app.domain.call import Call
from app.domain.codec import ticket_to_json
from app.own_names import import_own_names
from app.reference.reading import read
from app.review.rubric import load_rubric
from app.script import load_case
from app.security.printed_key import new_printed_key, seal
from app.settings import Settings, load_settings
from app.storage.seat_store import SeatStore
from app.sync.changes import article_to_json
from app.sync.client import CentreClient
from app.sync.handover import SUFFIX, Handover, read_handover
from app.sync.kinds import ARTICLE, TICKET_CONTENT, TICKET_FORGOTTEN
from app.sync.protocol import (
    PROTOCOL,
    PROTOCOL_HEADER,
    SUBMIT_TICKET,
    Change,
    Changes,
    NewsPage,
    PushRequest,
    make_operation,
)
from app.training.scenario import bundled_scenarios, load_scenario
from app.training.trainee import load_steps
from bench.fuzz import Parser
from bench.seats import sample_ticket
from knowledge_base.article import Article
from resources.errors import UserError
from resources.loader import read_text, resource_path
from server.api import make_app
from server.backup import back_up, restore
from server.database import CentreDatabase, default_url
from server.open311.requests import add_api_key, services
from server.seats import add_seat, log_in
from server.taking_over import take_over

KEY = bytes(range(32))
CENTRE = "http://127.0.0.1:1"


def all_parsers(folder: Path, stack: ExitStack) -> list[Parser]:
    """All of them; ``folder`` for files, ``stack`` closes what they opened."""
    database = stack.enter_context(closing(CentreDatabase(default_url(folder / "centre"))))
    return [
        *_files(folder),
        *_reference(),
        *_handover(folder, database),
        _backup(folder, database),
        *_at_the_seat(folder, stack),
        *_at_the_centre(database),
    ]


def _on_disk(folder: Path, name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    path = folder / name

    def try_one(content: bytes) -> None:
        path.write_bytes(content)
        read(path)

    return try_one


def _reference() -> list[Parser]:
    """Documents of YAML that a centre publishes, as a seat reads them."""
    rules = read_text("rules", "types.yaml").encode()
    sound = {
        "rules.types": rules[: rules.index(b"\n  - name: ", len(rules) // 4) + 1],
        "guards": read_text("rules", "guards.yaml").encode(),
        "synonyms": "groups:\n- {say: [天上下刀子, 下刀子], mean: [冰雹, 天气]}\n".encode(),
        "policy": b"login_required: true\noffline_days: 3\nlock_after_minutes: 10\n",
    }

    def reading(name: str) -> Callable[[bytes], None]:
        def try_one(content: bytes) -> None:
            read(name, content.decode("utf-8", "replace"))

        return try_one

    return [Parser(f"reference {name}", (one,), reading(name)) for name, one in sound.items()]


def _files(folder: Path) -> list[Parser]:
    place = partial(_on_disk, folder)
    catalogue = resource_path("catalogue", "catalogue.csv").read_bytes().splitlines(keepends=True)[:6]
    units = "name,kind,district,street,aliases,contact\n望京路灯所,市交通委,朝阳区,,路灯所,84600000\n"
    places = "name,kind,street,district\n天通苑北一区,neighbourhood,,昌平区\n"
    turns = [{"speaker": "caller", "start": 0.0, "end": 2.5, "text": "路灯不亮，在望京街道。"}]
    case = {"id": "c1", "turns": turns, "reference": {"district": "朝阳区"}}
    request = {"id": "1", "text": "诉求人：路灯不亮"}
    steps = [{"say": "您好"}, {"set": {"district": "朝阳区"}}, {"wait": 1.0}, {"hang_up": True}]
    return [
        Parser("catalogue CSV", (b"".join(catalogue),), place("c.csv", read_version)),
        Parser("catalogue XLSX", (_sheet(catalogue),), place("c.xlsx", read_version)),
        Parser("units CSV", (units.encode(),), place("u.csv", partial(import_units, bundled_units()))),
        Parser("own places CSV", (places.encode(),), place("o.csv", partial(import_own_names, folder))),
        Parser(
            "own words",
            ("天通苑\n回龙观\n".encode(),),
            place("o.txt", partial(import_own_names, folder)),
        ),
        Parser("call as a case", (_json(case),), place("case.json", load_case)),
        Parser(
            "calls to replay", (_json(request),), place("r.jsonl", lambda p: list(read_requests(p)))
        ),
        Parser("drill YAML", (bundled_scenarios()[0].read_bytes(),), place("d.yaml", load_scenario)),
        Parser("drill steps", (_json(steps),), place("steps.json", load_steps)),
        Parser(
            "rubric",
            (resource_path("rubrics", "review.yaml").read_bytes(),),
            place("rubric.yaml", load_rubric),
        ),
        Parser(
            "settings",
            (json.dumps(Settings().written()).encode(),),
            place("settings.json", lambda path: load_settings(path.parent)),
        ),
    ]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _sheet(lines: Sequence[bytes]) -> bytes:
    """CSV lines as a workbook."""
    import csv

    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(line.decode("utf-8-sig") for line in lines):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _handover(folder: Path, database: CentreDatabase) -> list[Parser]:
    printed = new_printed_key()
    add_seat(database, "seat-9")
    sent = sample_ticket("seat-9")
    one = make_operation(uuid4(), SUBMIT_TICKET, sent.id, ticket_to_json(sent), sent.submitted_at)
    inside = Handover(seat="seat-9", operations=(one,)).model_dump_json().encode()
    path = folder / f"box{SUFFIX}"

    def sealed(content: bytes) -> bytes:
        return b"JIESU-OUTBOX-1\n" + seal(printed, "outbox", content)

    def read_raw(content: bytes) -> None:
        path.write_bytes(content)
        read_handover(path, printed)

    def take_inside(content: bytes) -> None:
        path.write_bytes(sealed(content))
        take_over(database, path, printed)

    return [
        Parser("outbox file", (sealed(inside),), read_raw),
        Parser("inside of an outbox file", (inside,), take_inside),
    ]


def _backup(folder: Path, database: CentreDatabase) -> Parser:
    import gzip

    whole, changed = folder / "whole.backup", folder / "changed.backup"
    back_up(database, whole)

    def read(content: bytes) -> None:
        changed.write_bytes(gzip.compress(content, 1, mtime=0))
        with TemporaryDirectory(dir=folder) as empty:
            restore(changed, default_url(Path(empty)))

    return Parser("backup", (gzip.decompress(whole.read_bytes()),), read)


def _at_the_seat(folder: Path, stack: ExitStack) -> list[Parser]:
    """What the centre answers, and what a seat keeps of it."""
    store = stack.enter_context(closing(SeatStore(folder / "seat", KEY)))
    sent = replace(sample_ticket("seat-1"), call_id="call")
    store.start_call(Call("call", sent.submitted_at, "file"))
    store.submit(sent)
    body = article_to_json(Article("a1", 1, "居住证", "怎么办理"))
    rows = (
        Change(kind=ARTICLE, key="a1", body=body),
        Change(
            kind=TICKET_CONTENT,
            key=sent.id,
            body={"who": "lead", "content": {"subject": "更正"}, "conflicts": {}},
        ),
        Change(kind=TICKET_FORGOTTEN, key="no-such", body={"call_id": "c"}),
    )
    changes = Changes(changes=rows, cursor=7, more=False).model_dump_json().encode()
    page = NewsPage(after=0, changes=rows, cursor=7).model_dump_json().encode()

    def pull(content: bytes) -> None:
        async def once() -> None:
            async with CentreClient(CENTRE, _Answering(content)) as centre:
                news = await centre.changes("t", 0)
                if news is not None:
                    store.follow(CENTRE, news)

        asyncio.run(once())

    def listen(content: bytes) -> None:
        async def once() -> None:
            async with CentreClient(CENTRE, _Answering(content)) as centre:
                async for news in centre.news("t"):
                    if news is not None:
                        store.follow_page(CENTRE, news)

        asyncio.run(once())

    return [
        Parser("feed rows", (changes,), pull),
        Parser("event stream", (b": hello\n\nevent: change\ndata: " + page + b"\n\n",), listen),
        Parser("feed page in the stream", (page,), lambda one: listen(b"event: change\ndata:" + one)),
    ]


class _Answering(httpx.AsyncBaseTransport):
    """A centre that answers everything with the same body, in two pieces."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        middle = len(self._content) // 2

        async def pieces() -> AsyncIterator[bytes]:
            yield self._content[:middle]
            yield self._content[middle:]

        return httpx.Response(200, headers={PROTOCOL_HEADER: str(PROTOCOL)}, content=pieces())


def _at_the_centre(database: CentreDatabase) -> list[Parser]:
    """Requests through the whole application."""
    app = make_app(database)
    seat = log_in(database, "seat-1", add_seat(database, "seat-1"), "").token
    key = add_api_key(database, "other-channel")

    def send(path: str, kind: str) -> Callable[[bytes], None]:
        head = {"Content-Type": kind, "Authorization": f"Bearer {seat}", PROTOCOL_HEADER: str(PROTOCOL)}

        async def once(content: bytes) -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=CENTRE) as http:
                if kind:
                    return await http.post(path, content=content, headers=head)
                return await http.get(path + quote_from_bytes(content, safe="=&"))

        def try_one(content: bytes) -> None:
            answer = asyncio.run(once(content))
            if answer.status_code >= 500:
                raise AssertionError(f"{path}: {answer.status_code}")
            if answer.status_code >= 400:
                raise UserError("CENTRE_FAILED", url=path, status=answer.status_code)

        return try_one

    sound = b"\x01" * 5000
    part = {
        "call_id": "call-1",
        "size": len(sound),
        "sha256": sha256(sound).hexdigest(),
        "file_key": "0" * 96,
        "offset": 0,
        "data": b64encode(sound).decode(),
    }
    form = f"api_key={key}&service_code=010101&address_string=a&description=b&lat=39.9&long=116.4"
    sent = sample_ticket("seat-1")
    one = make_operation(uuid4(), SUBMIT_TICKET, sent.id, ticket_to_json(sent), sent.submitted_at)
    push = PushRequest(operations=(one,), sent_at=sent.submitted_at).model_dump_json().encode()
    asked = (
        "service_code=010101&start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z&status=open"
    )
    return [
        Parser("push", (push,), send("/api/v1/push", "application/json")),
        Parser("part of a recording", (_json(part),), send("/api/v1/recordings", "application/json")),
        Parser(
            "Open311 request",
            (form.replace("010101", next(iter(services()))).encode(),),
            send("/open311/v2/requests.json", "application/x-www-form-urlencoded"),
        ),
        Parser("Open311 query", (asked.encode(),), send("/open311/v2/requests.xml?", "")),
    ]

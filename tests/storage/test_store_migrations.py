"""Every earlier schema becomes the present one, with its data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, StaticPool, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlcipher3 import dbapi2

from app.desk import OutboxState
from app.domain.draft import Origin
from app.domain.ticket import Citation
from app.storage.migrate import MIGRATIONS, bring_up_to_date, revision_of
from app.storage.schema import REVISION, metadata
from app.storage.seat_store import SeatStore
from app.sync.protocol import content_hash

KEY = bytes(range(32))
SCRIPTS = ScriptDirectory(str(MIGRATIONS))
EARLIER = [script.revision for script in SCRIPTS.walk_revisions()]


MOMENT = "2026-01-05T08:00:00.000000+00:00"
QUOTED = {"article_id": "居住证", "version": 1, "title": "居住证办理"}
CONTENT = {
    "type": "投诉",
    "handling": "dispatch",
    "district": "朝阳区",
    "subject": "路灯不亮",
    "summary": "小区门口路灯不亮三天",
    "category": {"code": "0101", "path": ["市政", "照明"]},
    "caller": {"name": "欧阳测试", "phone": "13800138000", "confidential": True},
    "units": [{"name": "望京街道办事处", "role": "lead", "score": 0.9, "reasons": ["属地"]}],
    "citations": [QUOTED],
    "proof": {"district": {"rule": "gazetteer", "text": "我在望京", "speaker": "caller"}},
    "of another program": {"kept": 1},
}
SENT = {"id": "t", "call_id": "c", "seat": "seat-1", "content": CONTENT, "submitted_at": MOMENT}
DRAFT = {
    "id": "d",
    "call_id": "c",
    "content": {"subject": "写了一半", "citations": [QUOTED]},
    "origins": {"subject": "typed"},
    "rejected": {"place": ["望京"]},
}
ARTICLE = {"id": "居住证", "title": "居住证办理", "body": "带身份证。", "questions": ["居住证怎么办"]}
FILLED: dict[str, list[dict[str, Any]]] = {
    "call": [{"id": "c", "started_at": MOMENT, "source": "麦克风", "caller_line": "01085551234"}],
    "utterance": [
        {"call_id": "c", "id": "u", "speaker": "caller", "start": 0.5, "end": 2.0, "text": "路灯不亮"}
        | {"heard": "路灯不量", "engine": "vosk", "words": [{"text": "路灯", "start": 0.5, "end": 1.0}]}
    ],
    "draft": [{"id": "d", "call_id": "c", "body": DRAFT, "discarded": False, "saved_at": MOMENT}],
    "ticket": [{"id": "t", "call_id": "c", "submitted_at": MOMENT, "body": SENT}],
    "outbox": [
        {"operation_id": "00000000-0000-4000-8000-000000000001", "kind": "ticket.submit"}
        | {"ticket_id": "t", "payload": SENT, "content_hash": content_hash(SENT)}
        | {"created_at": MOMENT, "state": "waiting", "attempts": 3}
    ],
    "article": [
        {"id": "居住证", "version": 1, "newest": False, "body": ARTICLE | {"version": 1}},
        {
            "id": "居住证",
            "version": 2,
            "newest": True,
            "body": ARTICLE | {"version": 2, "body": "改了。"},
        },
    ],
    "told": [{"kind": "ticket.life", "key": "t", "body": {"stage": "dispatched"}}],
    "uploaded": [{"call_id": "c", "at": MOMENT}],
    "knowledge_use": [
        {"at": MOMENT, "deed": "cited", "article_id": "居住证", "category": "", "words": ""}
    ],
    "reference": [
        {"name": "words", "version": "20260105", "content": "云启物业\n", "arrived_at": MOMENT}
        | {"sound": True}
    ],
    "line_call": [
        {"began_at": MOMENT, "ended_at": MOMENT, "number": "13900001111", "phase": "missed"}
        | {"spent": {"ringing": 12.5}, "sent_to": "", "call_id": None, "called_back": False}
    ],
    "seat_user": [
        {"name": "王晓", "verifier": "$argon2id$", "generation": "g", "roles": ["operator"]}
        | {"confirmed_at": MOMENT, "failures": 2}
    ],
}
"""Rows of every table as a program of its first revision wrote them; nothing that came later."""


@contextmanager
def encrypted(path: Path) -> Iterator[Connection]:
    """A connection as an earlier program had it."""

    def connect() -> dbapi2.Connection:
        connection = dbapi2.connect(str(path), check_same_thread=False)
        connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        return connection

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=StaticPool)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_program_knows_its_newest_revision() -> None:
    assert SCRIPTS.get_heads() == [REVISION]


@pytest.mark.parametrize("revision", EARLIER)
def test_a_store_of_an_earlier_revision_is_brought_up_to_date(tmp_path: Path, revision: str) -> None:
    with encrypted(tmp_path / "seat.db") as connection:
        bring_up_to_date(connection, tmp_path / "seat.db", revision)
        connection.execute(text("INSERT INTO meta VALUES ('kept', 'since then')"))
    SeatStore(tmp_path, KEY).close()
    with encrypted(tmp_path / "seat.db") as connection:
        assert revision_of(connection) == REVISION
        assert connection.scalar(text("SELECT value FROM meta WHERE name = 'kept'")) == "since then"


def fill(connection: Connection) -> set[str]:
    """Write a working day into the tables that there are; their names."""
    tables = set(inspect(connection).get_table_names()) & FILLED.keys()
    for name in (name for name in FILLED if name in tables):
        for row in FILLED[name]:
            names = ", ".join(f'"{column}"' for column in row)
            values = ", ".join(f":{column}" for column in row)
            plain = {
                column: json.dumps(value) if isinstance(value, dict | list) else value
                for column, value in row.items()
            }
            connection.execute(text(f"INSERT INTO {name} ({names}) VALUES ({values})"), plain)
    return tables


def test_a_new_table_has_a_row_in_the_filled_store() -> None:
    assert FILLED.keys() | {"meta"} == metadata.tables.keys()


@pytest.mark.parametrize("revision", EARLIER)
def test_a_working_day_of_an_earlier_revision_goes_on(tmp_path: Path, revision: str) -> None:
    with encrypted(tmp_path / "seat.db") as connection:
        bring_up_to_date(connection, tmp_path / "seat.db", revision)
        tables = fill(connection)
    store = SeatStore(tmp_path, KEY)
    try:
        (waiting,) = store.waiting(10)  # goes to the centre to the letter as it was signed
        assert waiting.payload == SENT
        assert waiting.content_hash == content_hash(waiting.payload)
        assert store.counts()[OutboxState.WAITING] == 1
        assert store.outbox()[0].attempts == 3
        (ticket,) = store.tickets()
        assert (ticket.content.subject, ticket.operator) == ("路灯不亮", None)
        assert ticket.content.caller.confidential
        (cited,) = ticket.content.citations
        assert cited == Citation(**QUOTED)
        quoted = store.articles().get(cited.article_id, cited.version)
        assert quoted is not None
        assert quoted.body == "带身份证。"
        (draft,) = store.open_drafts()
        assert (draft.content.subject, draft.content.citations) == ("写了一半", (cited,))
        assert (draft.origins, draft.rejected) == ({"subject": Origin.TYPED}, {"place": ("望京",)})
        assert draft.cursor is None
        store.save_draft(draft.type("summary", "写完了"))
        assert store.open_drafts()[0].content.summary == "写完了"
        (said,) = store.transcript("c")
        assert (said.text, said.words[0].text) == ("路灯不亮", "路灯")
        assert store.told_of("ticket.life") == (
            {"t": {"stage": "dispatched"}} if "told" in tables else {}
        )
        assert store.not_uploaded(5) == (() if "uploaded" in tables else ("c",))
        assert len(store.knowledge_use().all()) == ("knowledge_use" in tables)
        assert [one.content for one in store.reference()] == ["云启物业\n"] * ("reference" in tables)
        user = store.user("王晓")
        assert (user.failures if user else None) == (2 if "seat_user" in tables else None)
    finally:
        store.close()


def test_the_migrations_make_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    SeatStore(tmp_path, KEY).close()
    with encrypted(tmp_path / "seat.db") as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.sorted_tables:
            columns = {
                column["name"]: (str(column["type"]), column["nullable"], bool(column["primary_key"]))
                for column in found.get_columns(table.name)
            }
            assert columns == {
                column.name: (
                    column.type.compile(connection.dialect),
                    column.nullable,
                    column.primary_key,
                )
                for column in table.columns
            }
            indexes = {tuple(index["column_names"]) for index in found.get_indexes(table.name)}
            assert {tuple(index.columns.keys()) for index in table.indexes} <= indexes
            targets = {key["referred_table"] for key in found.get_foreign_keys(table.name)}
            assert targets == {key.column.table.name for key in table.foreign_keys}


def test_it_works_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    SeatStore(tmp_path / "新 文件夹 100%", KEY).close()
    assert (tmp_path / "新 文件夹 100%" / "seat.db").exists()


def test_a_migration_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with encrypted(tmp_path / "seat.db") as connection:
        connection.execute(text("CREATE TABLE article (in_the_way TEXT)"))
    with pytest.raises(OperationalError, match="already exists"):
        SeatStore(tmp_path, KEY)
    with encrypted(tmp_path / "seat.db") as connection:
        assert inspect(connection).get_table_names() == ["article"]

"""Rows that this version cannot read: they are seen, and hold up nothing else."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from centre_process import Api, CentreProcess, make_submission
from sqlalchemy import select, update

from app.domain.life import Stage
from server.database import CentreDatabase, default_url
from server.feed import EVERY_SEAT, News, tell
from server.forgetting import forget_person
from server.kept import read_json, shown_ticket
from server.life.attending import attend
from server.rights import Role
from server.run import add_person, publish
from server.schema import (
    audit,
    call_transcript,
    public_article,
    reference_use,
    ticket,
    ticket_event,
    ticket_life,
)

BROKEN = ("", "{", "[]", "null", '{"id":1}', '{"n":NaN}', '"\\ud800"', "[" * 9000, "9" * 5000)


@pytest.mark.parametrize("written", BROKEN, ids=range(len(BROKEN)))
def test_whatever_stands_there_a_ticket_is_shown(written: str) -> None:
    shown = shown_ticket(written, "t-1")
    assert shown.id == "t-1"
    assert "无法读取" in (shown.content.subject or "")
    json.dumps(read_json(written, "x"), allow_nan=False, ensure_ascii=False).encode()


def test_a_damaged_row_of_each_kind_leaves_every_page_and_list_standing(
    own_centre: CentreProcess, tmp_path: Path
) -> None:
    seat = Api(own_centre.url, *own_centre.add_seat()).log_in()
    good, bad, fresh = (make_submission() for _ in range(3))
    seat.push(good, bad)
    article = tmp_path / "good-1.md"
    article.write_text(
        "---\nid: good-1\ntitle: 轮椅补贴怎么领\nspoken: 到街道领。\n---\n\n到街道领。\n", "utf-8"
    )
    publish([article], own_centre.database_url, own_centre.data_dir, public=True)
    alone = (Role.SEAT, Role.HANDLING_UNIT, Role.AUDITOR)
    people = {"主任": [role for role in Role if role not in alone], "审计": [Role.AUDITOR]}
    where = {"database_url": own_centre.database_url, "data_dir": own_centre.data_dir}
    passwords = {name: add_person(name, roles, **where) for name, roles in people.items()}
    with closing(
        CentreDatabase(own_centre.database_url or default_url(own_centre.data_dir))
    ) as database:
        attend(database)
        seat.push(fresh)
        broken = [bad["ticket_id"], fresh["ticket_id"]]
        with database.write() as connection:
            named = [("article", "bad-1"), ("reference", "catalogue"), ("user", "nobody")]
            tell(connection, [News(kind, key, '{"title": NaN', EVERY_SEAT) for kind, key in named])
            connection.execute(public_article.insert().values(article_id="bad-1"))
            mine = update(ticket).where(ticket.c.id.in_(broken))
            connection.execute(mine.values(payload='{"phone":"13900001111",'))
            connection.execute(update(ticket_event).values(detail="["))
            connection.execute(update(audit).where(audit.c.seq == 1).values(detail="{"))
            moment = connection.scalar(select(ticket.c.received_at).limit(1))
            row = {"seat": seat.name, "body": "{", "at": moment}
            connection.execute(reference_use.insert().values(row))
            row = {"call_id": good["payload"]["call_id"], "seat": seat.name, "body": "{"}
            connection.execute(call_transcript.insert().values(**row, received_at=moment))
        attend(database)  # the fresh one begins its life all the same, in a queue where it is seen
        with database.read() as connection:
            stage = select(ticket_life.c.stage).where(ticket_life.c.ticket_id == fresh["ticket_id"])
            assert connection.scalar(stage) == Stage.UNASSIGNED
        told = seat.send("GET", "/changes").json()["changes"]
        assert "good-1" in {change["key"] for change in told}
        with httpx.Client(base_url=own_centre.url, trust_env=False, timeout=60) as http:
            for path in (
                "/api/v1/audit",
                *("/api/v1/cases", f"/api/v1/cases/{bad['ticket_id']}", "/api/v1/reviews"),
                *(f"/api/v1/reviews/{good['ticket_id']}", f"/api/v1/reviews/{bad['ticket_id']}"),
                *("/api/v1/reference", "/api/v1/reference-use", "/api/v1/articles", "/api/v1/gaps"),
                *("/api/v1/people", "/api/v1/statistics", "/api/v1/rates"),
                *("/kb", "/kb?q=轮椅补贴", "/kb/good-1", "/open311/v2/requests.json"),
            ):
                who = "审计" if path.endswith("audit") else "主任"
                if who in passwords:
                    login = {"name": who, "password": passwords.pop(who)}
                    logged_in = http.post("/api/v1/people/login", json=login).json()
                    http.headers["Authorization"] = f"Bearer {logged_in['access']}"
                answer = http.get(path)
                assert answer.status_code == 200, (path, answer.text[:300])
            lines = http.get("/api/v1/cases").json()
            assert {one["ticket_id"] for one in lines} >= set(broken)
            assert http.get("/kb/bad-1").status_code == 404
        assert forget_person(database, phone="13900001111") == 2
        with database.read() as connection:
            assert "13900001111" not in str(connection.scalars(select(ticket.c.payload)).all())

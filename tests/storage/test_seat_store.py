"""What the seat was given is there again, also after it was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sample_tickets import make_ticket
from sqlalchemy import select, update

from app.desk import OutboxState
from app.domain.call import Call, Speaker, Utterance, Word
from app.domain.draft import Draft
from app.domain.ticket import Category, Proof, TicketContent
from app.storage.database import Database
from app.storage.schema import draft as draft_table
from app.storage.seat_store import PastCall, SeatStore
from app.sync.credential import Credential
from app.sync.protocol import OperationResult, ResultStatus, content_hash
from resources.errors import UserError

KEY = bytes(range(32))
ROOT = Path(__file__).parents[2]


def heard(name: str, start: float, text: str = "你好") -> Utterance:
    """An utterance of the caller."""
    words = (Word("你", start, start + 0.2, 0.9), Word("好", start + 0.2, start + 0.5))
    return Utterance(name, Speaker.CALLER, start, start + 1, text, text, "vosk", 0.8, words)


def test_a_call_with_its_transcript_is_there_after_reopening(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    late, early = heard("u2", 5.0), replace(heard("u1", 1.0), words=(), confidence=None)
    store.add_utterance(call.id, late)
    store.add_utterance(call.id, early)
    store.add_utterance(call.id, late)
    ended = call.started_at + timedelta(minutes=3)
    store.end_call(call.id, ended)
    store.close()
    again = SeatStore(tmp_path, KEY)
    assert again.transcript(call.id) == (early, late)
    assert again.calls() == (PastCall(call, ended),)
    assert again.call("unknown") is None
    again.close()


def test_an_utterance_takes_its_newer_text(store: SeatStore, call: Call) -> None:
    first = heard("u1", 1.0, "电话13800138001…")
    store.add_utterance(call.id, first)
    store.add_utterance(call.id, replace(first, text="电话13800138001"))
    [kept] = store.transcript(call.id)
    assert (kept.text, kept.heard) == ("电话13800138001", "电话13800138001…")


def test_a_draft_comes_back_whole(store: SeatStore, call: Call) -> None:
    suggestion = TicketContent(
        street="望京街道",
        category=Category("1", ("市政", "照明")),
        proof={"street": Proof("gazetteer", "望京", Speaker.CALLER, 1.0, 2.0)},
    )
    draft = Draft(str(uuid.uuid4()), call.id).suggest(suggestion).accept("street").reject("category")
    store.save_draft(draft)
    second = Draft(str(uuid.uuid4()), call.id).type("caller.name", "欧阳测试")
    store.save_draft(second)
    newest = draft.type("place", "小区门口")
    store.save_draft(newest)
    assert store.open_drafts() == (newest, second)
    assert newest.rejected == {"category": (Category("1", ("市政", "照明")),)}


def test_a_discarded_draft_is_gone_and_a_late_save_does_not_bring_it_back(
    store: SeatStore, call: Call
) -> None:
    draft = Draft("d", call.id).type("place", "某处")
    store.save_draft(draft)
    store.discard_draft("d")
    store.save_draft(draft)
    assert store.open_drafts() == ()


def test_submit_keeps_ticket_and_operation_and_removes_the_draft(store: SeatStore, call: Call) -> None:
    ticket = make_ticket(call.id)
    draft = Draft(ticket.id, call.id, ticket.content)
    store.save_draft(draft)
    store.submit(ticket)
    store.submit(replace(ticket, content=TicketContent()))
    store.save_draft(draft)
    assert store.open_drafts() == ()
    assert store.tickets() == (ticket,)
    assert store.ticket(ticket.id) == ticket
    (row,) = store.outbox()
    assert (row.ticket_id, row.subject, row.state) == (ticket.id, "路灯不亮", OutboxState.WAITING)
    (operation,) = store.waiting(10)
    assert operation.content_hash == content_hash(operation.payload)
    assert str(operation.op_id) == row.operation_id


def test_a_ticket_of_an_unknown_call_changes_nothing(store: SeatStore, call: Call) -> None:
    ticket = make_ticket("no such call")
    store.save_draft(Draft(ticket.id, call.id, ticket.content))
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.submit(ticket)
    assert store.tickets() == ()
    assert store.outbox() == ()
    assert [draft.id for draft in store.open_drafts()] == [ticket.id]


def test_the_centres_answers_are_kept_once(store: SeatStore, call: Call) -> None:
    good, bad, third = (make_ticket(call.id) for _ in range(3))
    for ticket in (good, bad, third):
        store.submit(ticket)
    first, second, last = store.waiting(10)
    assert [first.ticket_id, second.ticket_id, last.ticket_id] == [good.id, bad.id, third.id]
    store.record_attempt([first.op_id, second.op_id])
    answers = [
        OperationResult(op_id=first.op_id, status=ResultStatus.ACCEPTED, number="JS20261121-000001"),
        OperationResult(op_id=second.op_id, status=ResultStatus.REFUSED, reason="TICKET_INVALID"),
        OperationResult(op_id=uuid.uuid4(), status=ResultStatus.ACCEPTED, number="JS-strange"),
    ]
    assert store.record_results(answers) == tuple(answers[:2])
    contrary = OperationResult(op_id=first.op_id, status=ResultStatus.REFUSED, reason="LATE")
    assert store.record_results([contrary]) == ()
    found = store.ticket(good.id)
    assert found is not None
    assert found.number == "JS20261121-000001"
    assert store.waiting(10) == (last,)
    assert store.counts() == {
        OutboxState.WAITING: 1,
        OutboxState.ACCEPTED: 1,
        OutboxState.REFUSED: 1,
    }
    rows = {row.ticket_id: row for row in store.outbox()}
    assert rows[good.id].number == "JS20261121-000001"
    assert rows[bad.id].reason == "TICKET_INVALID"
    assert [rows[ticket.id].attempts for ticket in (good, bad, third)] == [1, 1, 0]


def test_fields_of_a_newer_program_reach_the_centre(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    ticket = make_ticket(call.id)
    draft = Draft(ticket.id, call.id, ticket.content)
    store.save_draft(draft)
    newer = Database(tmp_path / "seat.db", KEY)
    body = newer.read(lambda connection: connection.scalar(select(draft_table.c.body)))
    body["content"]["mood"] = "着急"
    body["content"]["caller"]["language"] = "粤语"
    newer.write(lambda connection: connection.execute(update(draft_table).values(body=body)))
    newer.close()
    store.save_draft(draft.type("place", "别处"))
    store.submit(ticket)
    (operation,) = store.waiting(1)
    assert operation.payload["content"]["mood"] == "着急"
    assert operation.payload["content"]["caller"]["language"] == "粤语"


def test_the_credential_is_kept_and_forgotten(store: SeatStore) -> None:
    assert store.credential() is None
    credential = Credential("https://centre.example", "一号坐席", "geheim", "token")
    store.set_credential(credential)
    store.set_credential(replace(credential, token="newer"))
    assert store.credential() == replace(credential, token="newer")
    assert "geheim" not in repr(credential)
    store.set_credential(None)
    assert store.credential() is None


def test_many_threads_may_ask_at_once(store: SeatStore, call: Call) -> None:
    together = threading.Barrier(6)

    def work(number: int) -> None:
        together.wait(30)
        for turn in range(5):
            store.add_utterance(call.id, heard(f"{number}-{turn}", turn))
            store.submit(make_ticket(call.id))
            store.outbox()

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(work, number) for number in range(6)]:
            future.result()
    assert len(store.transcript(call.id)) == 30
    assert len(store.waiting(100)) == 30


def test_two_programs_may_use_one_store(store: SeatStore, call: Call, tmp_path: Path) -> None:
    other = SeatStore(tmp_path, KEY)

    def work(chosen: SeatStore) -> None:
        for _ in range(10):
            chosen.submit(make_ticket(call.id))

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(work, chosen) for chosen in (store, other)]:
            future.result()
    other.close()
    assert len(store.waiting(100)) == 20


@pytest.mark.parametrize("turn", range(2))
def test_programs_that_start_together_make_one_store(tmp_path: Path, turn: int) -> None:
    together = threading.Barrier(5)

    def start() -> None:
        together.wait(30)
        opened = SeatStore(tmp_path / str(turn), KEY)
        opened.start_call(Call(str(uuid.uuid4()), datetime.now(UTC), "file"))
        opened.close()

    with ThreadPoolExecutor(5) as pool:
        for future in [pool.submit(start) for _ in range(5)]:
            future.result()
    store = SeatStore(tmp_path / str(turn), KEY)
    assert len(store.calls()) == 5
    store.close()


KILLED = """
import sys
from pathlib import Path
from datetime import UTC, datetime
sys.path.insert(0, "tests")
from sample_tickets import make_ticket
from app.domain.call import Call
from app.domain.draft import Draft
from app.storage.seat_store import SeatStore
store = SeatStore(Path(sys.argv[1]), bytes(range(32)))
store.start_call(Call("c", datetime.now(UTC), "file"))
turn = 0
while True:
    turn += 1
    ticket = make_ticket("c")
    draft = Draft(ticket.id, "c", ticket.content).type("place", "第%d处" % turn)
    store.save_draft(draft)
    print("draft", ticket.id, flush=True)
    if turn % 2:
        store.submit(ticket)
        print("ticket", ticket.id, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
@pytest.mark.parametrize("lines", [1, 2, 17])
def test_what_was_told_to_be_safe_outlives_kill_9(tmp_path: Path, lines: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    told = [child.stdout.readline().split() for _ in range(lines)]
    child.kill()
    told += [line.split() for line in child.stdout.read().splitlines()]
    child.wait(20)
    child.stdout.close()
    store = SeatStore(tmp_path, KEY)
    tickets = {ticket.id for ticket in store.tickets(10_000)}
    drafts = {draft.id for draft in store.open_drafts()}
    waiting = [operation.ticket_id for operation in store.waiting(10_000)]
    store.close()
    assert {name for kind, name in told if kind == "ticket"} <= tickets
    assert {name for kind, name in told if kind == "draft"} <= tickets | drafts
    assert not tickets & drafts
    assert sorted(waiting) == sorted(tickets)


def test_the_data_directory_gives_no_name_or_number(
    store: SeatStore, call: Call, tmp_path: Path
) -> None:
    ticket = make_ticket(call.id)
    store.add_utterance(call.id, heard("u", 1.0, "我叫欧阳测试，电话13800138000"))
    store.save_draft(Draft(ticket.id, call.id, ticket.content))
    store.submit(ticket)
    store.set_credential(Credential("https://centre.example", "seat-1", "geheim-geheim"))

    def secrets_on_disk() -> list[str]:
        found = []
        for file in tmp_path.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            for secret in ("欧阳测试", "13800138000", "01085551234", "路灯", "geheim", "CREATE TABLE"):
                for encoding in ("utf-8", "utf-16-le", "gb18030"):
                    if secret.encode(encoding) in content:
                        found.append(f"{secret} in {file.name}")
        return found

    assert (tmp_path / "seat.db-wal").stat().st_size > 0
    assert secrets_on_disk() == []
    store.close()
    assert secrets_on_disk() == []


def test_a_ticket_that_was_kept_back_is_a_draft_again(store: SeatStore, call: Call) -> None:
    ticket = make_ticket(call.id)
    draft = Draft(ticket.id, ticket.call_id, ticket.content)
    store.keep_back([ticket.id])
    store.submit(ticket)
    assert store.waiting(10) == ()
    store.recall(draft)
    assert (store.tickets(), store.outbox(), store.open_drafts()) == ((), (), (draft,))
    store.submit(ticket)
    assert [one.ticket_id for one in store.waiting(10)] == [ticket.id]
    with pytest.raises(UserError, match="TICKET_SENT"):
        store.recall(draft)  # it may be on its way
    assert [one.id for one in store.tickets()] == [ticket.id]

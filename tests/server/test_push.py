"""Operations arrive exactly once, whatever is repeated, mixed up or sent at the same time."""

from __future__ import annotations

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from centre_process import Api, CentreProcess, make_submission
from sample_tickets import make_ticket

from app.domain.codec import ticket_from_json, ticket_to_json
from app.sync.protocol import content_hash


def test_a_ticket_gets_an_official_number_and_can_be_read_back(api: Api) -> None:
    ticket = make_ticket()
    (result,) = api.push(make_submission(ticket))
    assert result["status"] == "accepted"
    assert re.fullmatch(r"JS\d{8}-\d{6}", result["number"])
    receipt = api.send("GET", f"/tickets/{ticket.id}").json()
    assert receipt["number"] == result["number"]
    assert ticket_from_json(receipt["payload"]) == ticket


def test_a_repeated_push_gets_the_same_answer_and_makes_no_second_ticket(api: Api) -> None:
    first, second = make_submission(), make_submission()
    results = api.push(first, second)
    assert api.push(first, second) == results
    assert api.push(second, first) == results[::-1]
    (after,) = api.push(make_submission())
    assert int(after["number"][-6:]) == int(results[1]["number"][-6:]) + 1


def test_the_same_push_from_many_connections_at_once_makes_one_ticket(api: Api) -> None:
    submission = make_submission()
    together = threading.Barrier(8)

    def push() -> str:
        together.wait(30)
        number: str = api.push(submission)[0]["number"]
        return number

    with ThreadPoolExecutor(8) as pool:
        numbers = {future.result() for future in [pool.submit(push) for _ in range(8)]}
    assert len(numbers) == 1


def test_the_same_ticket_in_two_operations_at_once_makes_one_ticket(api: Api) -> None:
    ticket = make_ticket()
    together = threading.Barrier(6)

    def push() -> str:
        submission = make_submission(ticket)
        together.wait(30)
        number: str = api.push(submission)[0]["number"]
        return number

    with ThreadPoolExecutor(6) as pool:
        numbers = {future.result() for future in [pool.submit(push) for _ in range(6)]}
    assert len(numbers) == 1


def test_many_seats_at_once_get_different_numbers(api: Api, centre: CentreProcess) -> None:
    seats = [Api(centre.url, *centre.add_seat()).log_in() for _ in range(4)]

    def push(seat: Api) -> list[str]:
        return [result["number"] for result in seat.push(*(make_submission() for _ in range(15)))]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for batch in pool.map(push, seats) for number in batch]
    assert len(set(numbers)) == 60


def test_an_operation_id_with_other_content_is_refused_and_changes_nothing(api: Api) -> None:
    ticket = make_ticket()
    submission = make_submission(ticket)
    (accepted,) = api.push(submission)
    (refused,) = api.push(make_submission(op_id=submission["op_id"]))
    assert refused["status"] == "refused"
    assert refused["reason"] == "OPERATION_ID_REUSED"
    assert api.push(submission) == [accepted]


def test_content_that_was_altered_on_the_way_is_refused_but_may_come_again_intact(api: Api) -> None:
    submission = make_submission()
    payload = submission["payload"]
    altered = submission | {"payload": payload | {"seat": "another"}}
    assert api.push(altered)[0]["reason"] == "OPERATION_HASH_MISMATCH"
    assert api.push(submission)[0]["status"] == "accepted"


def test_a_ticket_that_exists_with_other_content_is_refused(api: Api) -> None:
    ticket = make_ticket()
    api.push(make_submission(ticket))
    payload = ticket_to_json(ticket) | {"call_id": "another-call"}
    changed = make_submission(ticket, payload=payload, content_hash=content_hash(payload))
    assert api.push(changed)[0]["reason"] == "TICKET_EXISTS"


def test_one_bad_operation_does_not_hold_up_the_others(api: Api) -> None:
    bad = make_submission(kind="ticket.burn")
    results = api.push(make_submission(), bad, make_submission())
    assert [result["status"] for result in results] == ["accepted", "refused", "accepted"]
    assert results[1]["reason"] == "OPERATION_KIND_UNKNOWN"


@pytest.mark.parametrize(
    "spoil",
    [
        {"content": None},
        {"content": {"limit_hours": "24"}},
        {"content": {"type": "no such type"}},
        {"submitted_at": "yesterday"},
        {"submitted_at": datetime(2026, 11, 21).isoformat()},
        {"id": str(uuid.uuid4())},
        {"call_id": 7},
    ],
)
def test_a_payload_that_is_no_ticket_is_refused_for_good(api: Api, spoil: dict[str, object]) -> None:
    ticket = make_ticket()
    payload = ticket_to_json(ticket) | spoil
    submission = make_submission(ticket, payload=payload, content_hash=content_hash(payload))
    for _ in range(2):
        (result,) = api.push(submission)
        assert (result["status"], result["reason"]) == ("refused", "TICKET_INVALID")
    assert api.send("GET", f"/tickets/{ticket.id}").status_code == 404


def test_fields_of_a_newer_program_are_kept(api: Api) -> None:
    ticket = make_ticket()
    payload = ticket_to_json(ticket) | {"mood": {"score": 1.0, "words": ["急"]}}
    api.push(make_submission(ticket, payload=payload, content_hash=content_hash(payload)))
    assert api.send("GET", f"/tickets/{ticket.id}").json()["payload"] == payload


@pytest.mark.parametrize("odd", ["\x00", "\u202e反", "👨‍👩‍👧", "𠮷野家", "\ufeff", "ﷺ", "a\u0301" * 50])
def test_odd_characters_survive(api: Api, odd: str) -> None:
    ticket = make_ticket(subject=f"前{odd}后")
    assert api.push(make_submission(ticket))[0]["status"] == "accepted"
    receipt = api.send("GET", f"/tickets/{ticket.id}").json()
    assert receipt["payload"]["content"]["subject"] == f"前{odd}后"


def test_answers_outlive_kill_9_of_the_centre(own_centre: CentreProcess) -> None:
    seat = Api(own_centre.url, *own_centre.add_seat()).log_in()
    submissions = [make_submission() for _ in range(5)]
    results = seat.push(*submissions)
    own_centre.kill()
    own_centre.start()
    assert seat.push(*submissions) == results
    (fresh,) = seat.push(make_submission())
    assert fresh["number"] not in {result["number"] for result in results}


def test_two_processes_on_one_database_share_numbers_and_answers(
    own_centre: CentreProcess,
) -> None:
    other = CentreProcess(own_centre.database_url, own_centre.data_dir)
    try:
        seat = Api(own_centre.url, *own_centre.add_seat()).log_in()
        elsewhere = Api(other.url, seat.name, seat.password, seat.token)
        batches = [[make_submission() for _ in range(10)] for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            doors = [seat, elsewhere, seat, elsewhere]
            answers = list(pool.map(lambda door, batch: door.push(*batch), doors, batches))
        numbers = {result["number"] for answer in answers for result in answer}
        assert len(numbers) == 40
        assert elsewhere.push(*batches[0]) == answers[0]
    finally:
        other.stop()


def test_sigterm_ends_the_centre_cleanly_and_its_log_names_no_caller(own_centre: CentreProcess) -> None:
    seat = Api(own_centre.url, *own_centre.add_seat()).log_in()
    seat.push(make_submission())
    seat.send("POST", "/push", content='{"operations": [{"payload": "欧阳测试 13800138000"}]}')
    seat.send("GET", "/tickets/13800138000")
    assert own_centre.stop() == 0
    text = own_centre.log.read_text()
    assert "POST /api/v1/push 200" in text
    assert "欧阳测试" not in text
    assert "13800138000" not in text

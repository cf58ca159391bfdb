"""What the centre refused or never heard of: tried again, mended, or carried by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from centre_process import CentreProcess
from seat_under_test import SeatUnderTest

from app.desk import OutboxState
from app.domain.ticket import provisional_number
from app.sync.delivery import log_in
from app.sync.handover import read_handover, write_handover
from app.sync.protocol import OperationResult, ResultStatus
from resources.errors import UserError
from server.run import import_outbox


def refuse(seat: SeatUnderTest, reason: str) -> str:
    """The centre refuses the one waiting operation; the ticket's id."""
    (operation,) = seat.store.waiting(10)
    seat.store.record_results(
        [OperationResult(op_id=operation.op_id, status=ResultStatus.REFUSED, reason=reason)]
    )
    return operation.ticket_id


def test_a_refused_ticket_is_offered_again_under_a_new_id(seat: SeatUnderTest) -> None:
    seat.submit()
    refuse(seat, "OPERATION_KIND_UNKNOWN")
    (row,) = seat.store.outbox()
    seat.store.retry(row.operation_id)
    (again,) = seat.store.outbox()
    assert (again.state, again.reason) == (OutboxState.WAITING, None)
    assert again.operation_id != row.operation_id
    with pytest.raises(UserError, match="OUTBOX_NOT_REFUSED"):
        seat.store.retry(again.operation_id)


def test_a_refused_ticket_is_mended_and_loses_nothing(seat: SeatUnderTest) -> None:
    ticket = seat.submit()
    refuse(seat, "TICKET_INVALID")
    draft = seat.store.reopen(ticket.id)
    assert draft.content == ticket.content
    assert seat.store.open_drafts() == (draft,)
    assert seat.store.outbox() == ()
    seat.store.submit(ticket)
    assert [row.state for row in seat.store.outbox()] == [OutboxState.WAITING]
    assert seat.store.open_drafts() == ()


@pytest.mark.parametrize(
    ("reason", "code"), [("", "OUTBOX_NOT_REFUSED"), ("TICKET_EXISTS", "OUTBOX_NOT_MENDABLE")]
)
def test_what_may_not_be_mended_stays_as_it_is(seat: SeatUnderTest, reason: str, code: str) -> None:
    ticket = seat.submit()
    if reason:
        refuse(seat, reason)
    before = seat.store.outbox()
    with pytest.raises(UserError, match=code):
        seat.store.reopen(ticket.id)
    assert seat.store.outbox() == before
    assert seat.store.tickets() == (ticket,)


def test_carried_by_hand_to_seat_and_centre_it_arrives_once(
    make_seat: Callable[[str], SeatUnderTest], own_centre: CentreProcess, tmp_path: Path
) -> None:
    broken, helper = make_seat("broken"), make_seat("helper")
    tickets = [broken.submit() for _ in range(3)]
    refused = broken.submit()
    broken.store.record_results(
        [
            OperationResult(op_id=one.op_id, status=ResultStatus.REFUSED, reason="X")
            for one in broken.store.waiting(10)
            if one.ticket_id == refused.id
        ]
    )
    name, password = own_centre.add_seat()
    log_in(broken.store, own_centre.url, name, password)
    file = tmp_path / "by-hand.jiesu-outbox"
    printed = write_handover(file, name, broken.store.unanswered())
    assert "欧阳测试".encode() not in file.read_bytes()

    taken = helper.store.take_over(read_handover(file, printed).operations)
    assert taken == 4
    assert helper.store.take_over(read_handover(file, printed).operations) == 0
    log_in(helper.store, own_centre.url, *own_centre.add_seat())
    helper.use(own_centre.url)
    assert helper.worker.sync_once().accepted == 4

    results = import_outbox(file, printed, own_centre.database_url or None, own_centre.data_dir)
    broken.use(own_centre.url)
    assert broken.worker.sync_once().accepted == 3
    numbers = {ticket.id: ticket.number for ticket in helper.store.tickets()}
    assert {one.number for one in results} == set(numbers.values())
    assert len(set(numbers.values())) == 4
    told = {ticket.id: ticket.number for ticket in broken.store.tickets()}
    assert all(told[ticket.id] == numbers[ticket.id] for ticket in tickets)


def test_a_file_of_a_stranger_or_with_a_changed_byte_is_refused(
    seat: SeatUnderTest, own_centre: CentreProcess, tmp_path: Path
) -> None:
    seat.submit()
    file = tmp_path / "one.jiesu-outbox"
    printed = write_handover(file, "nobody", seat.store.unanswered())
    with pytest.raises(UserError, match="SERVER_SEAT_UNKNOWN"):
        import_outbox(file, printed, own_centre.database_url or None, own_centre.data_dir)
    with pytest.raises(UserError, match="HANDOVER_UNWRITABLE"):
        write_handover(file, "nobody", seat.store.unanswered())
    raw = file.read_bytes()
    for content, code in (
        (raw[:-1], "PRINTED_KEY_WRONG"),
        (raw[:40] + bytes([raw[40] ^ 1]) + raw[41:], "PRINTED_KEY_WRONG"),
        (b"", "HANDOVER_BROKEN"),
        (b"\x89PNG" + raw, "HANDOVER_BROKEN"),
        (raw[:15], "PRINTED_KEY_WRONG"),
    ):
        file.write_bytes(content)
        with pytest.raises(UserError, match=code):
            read_handover(file, printed)
    with pytest.raises(UserError, match="HANDOVER_UNREADABLE"):
        read_handover(tmp_path / "absent", printed)
    with pytest.raises(UserError, match="HANDOVER_EMPTY"):
        write_handover(tmp_path / "empty", "nobody", ())


def test_a_ticket_has_a_number_to_tell_before_the_centre_gives_one(seat: SeatUnderTest) -> None:
    one, other = seat.submit(), seat.submit()
    assert one.provisional != other.provisional
    assert one.provisional.replace("-", "").lower() == "l" + one.id.replace("-", "")[:8]
    assert provisional_number("7f3a91c2-0000-4000-8000-000000000000") == "L7F3A-91C2"
    (kept,) = (ticket for ticket in seat.store.tickets() if ticket.id == one.id)
    assert kept.provisional == one.provisional

"""Tickets with invented people, for tests of any room."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from app.domain.call import Speaker
from app.domain.ticket import Caller, Category, Handling, Proof, RequestType, Ticket, TicketContent


def make_ticket(call_id: str = "call-1", subject: str = "路灯不亮") -> Ticket:
    """A ticket as a good operator writes it, with invented people."""
    content = TicketContent(
        type=RequestType.COMPLAINT,
        handling=Handling.DISPATCH,
        district="朝阳区",
        street="望京街道",
        place="阜通东大街 6 号院",
        subject=subject,
        summary="来电人反映小区门口路灯不亮三天，夜里看不清路。😀",
        category=Category("0101", ("市政", "照明", "路灯不亮")),
        limit_hours=24,
        caller=Caller("欧阳测试", "13800138000", confidential=True),
        proof={"street": Proof("gazetteer", "我在望京", Speaker.CALLER, 1.5, 3.25)},
    )
    return Ticket(str(uuid.uuid4()), call_id, "seat-1", content, datetime.now(UTC))

"""People at a seat: at the centre, without it, locked out, changed or ended meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from centre_process import CentreProcess

from app.people import LOCKED_FOR, TRIES, TRIES_IN_ALL, People
from app.reference.policy import SeatPolicy, policy_in_force
from app.settings import Settings
from app.storage.seat_store import SeatStore
from app.storage.users import SeatUser
from app.sync.changes import Account
from app.sync.kinds import USER
from app.sync.protocol import Change, Changes
from resources.errors import UserError
from server.database import CentreDatabase, default_url
from server.feed import changes_after
from server.people import change_password, deactivate, put_person
from server.rights import Role

NOWHERE = "http://127.0.0.1:9"


class Desk:
    """A seat's people, with a clock that is set by hand and a line that can be cut."""

    def __init__(self, folder: Path) -> None:
        self.store = SeatStore(folder, bytes(range(32)))
        self.url = ""
        self.now = datetime.now(UTC)
        self.people = People(
            lambda: self.store, lambda: Settings(server_url=self.url), lambda: self.now
        )

    def fails(self, name: str, password: str) -> str:
        with pytest.raises(UserError) as refused:
            self.people.log_in(name, password)
        for language in ("zh", "en"):
            assert refused.value.message(language)
        return refused.value.code


def whole_feed(there: CentreDatabase) -> Changes:
    """Everything the shared centre tells, in one page."""
    changes, cursor, more = list[Change](), 0, True
    while more:
        page = changes_after(there, "seat-1", cursor)
        changes, cursor, more = [*changes, *page.changes], page.cursor, page.more
    return Changes(changes=tuple(changes), cursor=cursor, more=False)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    found.store.close()
    policy_in_force.use(None)


@pytest.fixture
def there(centre: CentreProcess) -> Iterator[CentreDatabase]:
    found = CentreDatabase(centre.database_url or default_url(centre.data_dir))
    yield found
    found.close()


def test_at_the_centre_then_without_it(
    desk: Desk, centre: CentreProcess, there: CentreDatabase
) -> None:
    name = f"王晓{uuid4().hex[:8]}"
    password = put_person(there, name, [Role.OPERATOR])
    desk.url = NOWHERE
    assert desk.fails(name, password) == "PERSON_UNKNOWN_HERE"
    desk.url = centre.url
    assert desk.fails(name, "wrong") == "PERSON_REFUSED"
    operator = desk.people.log_in(name, password)
    assert (operator.name, operator.roles, operator.offline) == (name, ("operator",), False)
    desk.url = NOWHERE
    assert desk.people.log_in(name, password).offline
    desk.people.unlock(password)
    user = desk.store.user(name)
    assert user is not None
    assert password not in user.verifier
    assert user.verifier.startswith("$argon2id$")
    # a password changed at the centre counts as soon as the seat hears of it
    change_password(there, name, password, "一个新的长密码，十二个字以上", "")
    desk.store.follow(centre.url, whole_feed(there))
    assert not desk.people.still_known()
    assert desk.fails(name, password) == "PERSON_UNKNOWN_HERE"
    desk.url = centre.url
    with pytest.raises(UserError, match="PERSON_REFUSED"):
        desk.people.unlock(password)
    desk.people.unlock("一个新的长密码，十二个字以上")
    assert desk.people.still_known()
    deactivate(there, name)
    desk.store.follow(centre.url, whole_feed(there))
    assert not desk.people.still_known()


def test_who_does_not_work_at_a_seat_is_not_let_in(
    desk: Desk, centre: CentreProcess, there: CentreDatabase
) -> None:
    desk.url = centre.url
    mark = uuid4().hex[:8]
    for kind, role, unit in (
        ("望京街道", Role.HANDLING_UNIT, "望京街道办事处"),
        ("审计员", Role.AUDITOR, ""),
    ):
        name = kind + mark
        assert desk.fails(name, put_person(there, name, [role], unit)) == "PERSON_NOT_HERE"
        assert desk.store.user(name) is None
    news = {one.key: one.body for one in whole_feed(there).changes}
    assert {key: body for key, body in news.items() if key.endswith(mark)} == {
        f"望京街道{mark}": None,
        f"审计员{mark}": None,
    }


@pytest.fixture
def known(desk: Desk) -> Desk:
    """A seat without a centre at which somebody has logged in before."""
    from app.people import _hasher

    roles = ("operator",)
    desk.store.put_user(SeatUser("王晓", _hasher().hash("richtig"), "g1", roles, desk.now))
    return desk


def test_wrong_passwords_lock_out_also_offline(known: Desk) -> None:
    for _ in range(TRIES):
        assert known.fails("王晓", "falsch") == "PERSON_WRONG"
    assert known.fails("王晓", "richtig") == "PERSON_LOCKED"
    known.now -= timedelta(days=1)  # neither a clock set back nor a restart helps
    known.people = People(lambda: known.store, lambda: Settings(), lambda: known.now)
    assert known.fails("王晓", "richtig") == "PERSON_LOCKED"
    known.now += timedelta(days=1) + LOCKED_FOR + timedelta(seconds=1)
    assert known.fails("王晓", "falsch") == "PERSON_WRONG"
    assert known.fails("王晓", "richtig") == "PERSON_LOCKED"
    known.now += LOCKED_FOR + timedelta(seconds=1)
    assert known.people.log_in("王晓", "richtig").offline
    assert known.fails("王晓", "falsch") == "PERSON_WRONG"  # counted from the beginning again
    assert known.people.log_in("王晓", "richtig").offline


def test_in_the_end_only_the_centre_lets_in(known: Desk) -> None:
    for _ in range(TRIES_IN_ALL):
        known.store.note_try("王晓", known.now, right=False)
    known.now += timedelta(days=2)
    assert known.fails("王晓", "richtig") == "PERSON_NEEDS_CENTRE"


def test_a_login_goes_stale_but_not_in_mid_shift(known: Desk) -> None:
    known.people.log_in("王晓", "richtig")
    policy_in_force.use(SeatPolicy(offline_days=3))
    known.now += timedelta(days=3, seconds=1)
    known.people.unlock("richtig")
    assert known.fails("王晓", "richtig") == "PERSON_STALE"


def test_nobody_is_unlocked_who_has_not_logged_in(known: Desk) -> None:
    with pytest.raises(UserError, match="PERSON_NOBODY"):
        known.people.unlock("richtig")


@pytest.mark.parametrize("body", [None, {}, {"roles": [], "generation": "g2"}, "x"])
def test_whatever_is_told_of_an_account_but_the_same_needs_the_centre(
    known: Desk, body: object
) -> None:
    same = Account(roles=("operator",), generation="g1").model_dump(mode="json")
    for cursor, told in enumerate((same, body), 1):
        assert known.store.user("王晓") is not None
        change = Change.model_validate({"kind": USER, "key": "王晓", "body": told})
        known.store.follow("x", Changes(changes=(change,), cursor=cursor, more=False))
    assert known.store.user("王晓") is None

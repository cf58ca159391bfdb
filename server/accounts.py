"""Tells the seats who may work there: names, roles and a mark that changes with the password."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Connection, select

from app.people import AT_SEATS
from app.sync.changes import Account
from app.sync.kinds import USER
from server.database import CentreDatabase
from server.feed import EVERY_SEAT, News, tell
from server.schema import change, person


def generation_of(connection: Connection, name: str) -> str:
    """The mark of an account: another one after each change of its password or its roles."""
    row = connection.execute(
        select(person.c.password_hash, person.c.roles).where(person.c.name == name)
    ).one()
    return sha256(f"{row.password_hash}\n{row.roles}".encode()).hexdigest()[:32]


def tell_account(connection: Connection, name: str) -> None:
    """Tell the seats of an account, in the transaction that changed it."""
    row = connection.execute(select(person.c.roles, person.c.active).where(person.c.name == name)).one()
    roles = tuple(role for role in row.roles.split() if role in AT_SEATS)
    body = None
    if row.active and roles:
        account = Account(roles=roles, generation=generation_of(connection, name))
        body = account.model_dump_json()
    tell(connection, [News(USER, name, body)])


def tell_untold(database: CentreDatabase) -> None:
    """Tell of accounts that an earlier version made."""
    told = select(change.c.key).where(change.c.kind == USER, change.c.seat == EVERY_SEAT)
    query = select(person.c.name).where(person.c.active, person.c.name.not_in(told))
    with database.read() as connection:
        names = connection.scalars(query).all()
    for name in names:
        with database.write() as connection:
            tell_account(connection, name)

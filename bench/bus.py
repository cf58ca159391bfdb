"""The accessibility bus as a screen reader uses it (AT-SPI 2 over D-Bus; Linux).

Interfaces and members: https://gitlab.gnome.org/GNOME/at-spi2-core, ``xml/``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MatchRule, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import Message

SHOWING, FOCUSABLE, ENABLED = 25, 11, 8
"""Bits of an accessible's state (``AtspiStateType``)."""
DEEPEST = 40
_ATSPI = "org.a11y.atspi"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_REGISTRY = f"{_ATSPI}.Registry"


@dataclass(frozen=True)
class Node:
    """One accessible, as it was when it was read."""

    owner: str
    path: str
    role: str
    name: str
    states: int

    def has(self, *bits: int) -> bool:
        """Whether all these states hold."""
        return all(self.states >> bit & 1 for bit in bits)


class Bus:
    """A connection to the accessibility bus of this session. Raises ``ConnectionError`` where there
    is none, ``TimeoutError`` where a program does not answer."""

    def __init__(self) -> None:
        with open_dbus_connection("SESSION") as session:
            launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            status = DBusAddress("/org/a11y/bus", "org.a11y.Bus", _PROPERTIES)
            [address] = session.send_and_get_reply(new_method_call(launcher, "GetAddress")).body
            on = ("org.a11y.Status", "IsEnabled", ("b", True))
            session.send_and_get_reply(new_method_call(status, "Set", "ssv", on))
        self._bus = open_dbus_connection(address)
        self.said: list[str] = []

    def listen(self) -> None:
        """Hear announcements from now on."""
        registry = DBusAddress("/org/a11y/atspi/registry", _REGISTRY, _REGISTRY)
        self._call(registry, "RegisterEvent", "sass", ("object:announcement", [], ""))
        self._bus.send_and_get_reply(
            message_bus.AddMatch(MatchRule(type="signal", interface=f"{_ATSPI}.Event.Object"))
        )

    def hear(self, seconds: float) -> None:
        """Take in what is announced for so long, into ``said``."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            with suppress(TimeoutError):
                self._take_in(self._bus.receive(timeout=left))

    def programs(self) -> tuple[Node, ...]:
        """Every program on the bus."""
        desktop = Node(_REGISTRY, "/org/a11y/atspi/accessible/root", "", "", 0)
        return tuple(self.children(desktop))

    def children(self, node: Node) -> Iterator[Node]:
        """What stands in it."""
        [children] = self._ask(node, "Accessible", "GetChildren")
        for owner, path in children:
            with suppress(LookupError):  # gone since
                yield self._read(owner, path)

    def all_in(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """Everything below a node that is shown."""
        for child in self.children(node):
            if child.has(SHOWING) or depth < 1:
                yield child
                if depth < DEEPEST:
                    yield from self.all_in(child, depth + 1)

    def press(self, node: Node) -> None:
        """What a reader does to a button. Raises ``LookupError`` where it cannot be pressed."""
        [actions] = self._ask(node, "Action", "GetActions")
        names = [name for name, *_ in actions]
        if "Press" not in names:
            raise LookupError(f"{node.name} can only {', '.join(names) or 'be read'}")
        self._ask(node, "Action", "DoAction", "i", (names.index("Press"),))

    def text(self, node: Node) -> str:
        """What stands in a field."""
        [text] = self._ask(node, "Text", "GetText", "ii", (0, -1))
        return str(text)

    def close(self) -> None:
        """Leave the bus."""
        self._bus.close()

    def _read(self, owner: str, path: str) -> Node:
        node = Node(owner, path, "", "", 0)
        properties = DBusAddress(path, owner, _PROPERTIES)
        [(_, name)] = self._call(properties, "Get", "ss", (f"{_ATSPI}.Accessible", "Name"))
        [role] = self._ask(node, "Accessible", "GetRoleName")
        [(low, high)] = self._ask(node, "Accessible", "GetState")
        return Node(owner, path, str(role), str(name), low | high << 32)

    def _ask(self, node: Node, interface: str, member: str, kinds: str = "", body: Any = ()) -> Any:
        address = DBusAddress(node.path, node.owner, f"{_ATSPI}.{interface}")
        return self._call(address, member, kinds, body)

    def _call(self, address: DBusAddress, member: str, kinds: str = "", body: Any = ()) -> Any:
        call = new_method_call(address, member, kinds or None, body)
        serial = next(self._bus.outgoing_serial)
        self._bus.send(call, serial=serial)
        ends = time.monotonic() + 10
        while True:  # what is announced meanwhile is heard
            reply = self._bus.receive(timeout=max(0.0, ends - time.monotonic()))
            if reply.header.fields.get(5) == serial:  # REPLY_SERIAL
                break
            self._take_in(reply)
        if reply.header.message_type is MessageType.error:
            raise LookupError(str(reply.body))
        return reply.body

    def _take_in(self, message: Message) -> None:
        fields = message.header.fields
        if message.header.message_type is MessageType.signal and fields.get(3) == "Announcement":
            self.said.append(str(message.body[3][1]))


def wait_for(what: Callable[[], Any], within_s: float, hear: Callable[[float], None]) -> Any:
    """What holds at last. Raises ``TimeoutError``."""
    ends = time.monotonic() + within_s
    while not (found := what()):
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {within_s} s")
        hear(0.2)
    return found

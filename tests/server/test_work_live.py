"""Units and reviewers at their pages, in a real browser that stays open, at a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from centre_process import Api, CentreProcess, make_submission
from live_browser import DESKTOP, PHONE, LiveBrowser, live_browser
from sample_tickets import make_ticket

from app.domain.ticket import UnitRole, UnitSuggestion
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.rights import Role
from server.run import add_person

STREET = "望京街道办事处"
PICTURES = os.environ.get("JIESU_PICTURES")
"""A folder in which to leave the pictures, to be looked at."""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[CentreProcess]:
    (tmp_path / "city").mkdir()
    centre = CentreProcess("", tmp_path / "city")
    yield centre
    centre.stop()


class Watched:
    """Somebody logged in at the pages; each page is looked at, checked and pictured in both sizes."""

    def __init__(self, tab: LiveBrowser, centre: CentreProcess, folder: Path) -> None:
        self.tab, self._centre, self._folder, self._count = tab, centre, folder, 0

    def log_in(self, role: Role, unit: str = "") -> None:
        password = add_person(f"{role}员", [role], unit, data_dir=self._centre.data_dir)
        self.tab.call("Network.clearBrowserCookies")
        self.tab.go(self._centre.url + "/work/login")
        self.tab.send("main form", name=f"{role}员", password=password)

    def look(self, name: str) -> None:
        self._count += 1
        for size, where in ((PHONE, "phone"), (DESKTOP, "desk")):
            self.tab.size(*size)
            assert self.tab.violations() == [], name
            assert not self.tab.overflows(), (name, where)
            self.tab.picture(self._folder / f"{self._count:02}-{name}-{where}.png")


def step_form(step: str) -> str:
    return f"details:has(input[value={step}]) form"


def test_a_ticket_from_unit_to_reviewer_and_back(city: CentreProcess, tmp_path: Path) -> None:
    sample = make_ticket()
    units = (
        UnitSuggestion(STREET, UnitRole.LEAD, 0.9),
        UnitSuggestion("朝阳区水务局", UnitRole.ASSIST, 0.5),
    )
    ticket = replace(sample, content=replace(sample.content, units=units))
    other = replace(make_ticket(), content=ticket.content)
    seat = Api(city.url, *city.add_seat()).log_in()
    seat.push(make_submission(ticket), make_submission(other))
    with closing(CentreDatabase(default_url(city.data_dir))) as database:
        attend(database)
    folder = Path(PICTURES) if PICTURES else tmp_path
    case, returned = (f"{city.url}/work/cases/{one.id}" for one in (ticket, other))
    later = (datetime.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    with live_browser(tmp_path) as tab:
        tab.call("Network.enable")
        at = Watched(tab, city, folder)
        at.log_in(Role.HANDLING_UNIT, STREET)
        at.look("list")
        tab.go(case)
        at.look("fresh")
        assert "办理中" in tab.send(step_form("accept"))
        asked = {"reason": "material", "until": "2099-01-01T12:00", "words": "灯具到货要等三天"}
        assert "延期的时间须在" in tab.send(step_form("ask_extension"), **asked)
        kept = "[...document.querySelectorAll('details[open] textarea')].map(field => field.value)"
        assert tab.run(kept) == [asked["words"]]  # what was written is still there to be mended
        at.look("extension-refused-form")
        asked["until"] = later
        assert "灯具到货要等三天" in tab.send(step_form("ask_extension"), **asked)
        at.look("extension-asked")
        tab.go(returned)
        objection = {"reason": "not_our_area", "words": "地点在来广营地区", "unit": "来广营地区办事处"}
        assert "异议待审" in tab.send(step_form("object"), **objection)
        at.log_in(Role.DISPATCH_REVIEWER)
        at.look("reviewers-list")
        tab.go(case)
        at.look("extension-to-decide")
        assert "同意延期" in tab.send(step_form("grant_extension"), words="请按期完成")
        tab.go(returned)
        at.look("objection-to-review")
        assert "退单" in tab.send(step_form("uphold"), words="情况属实")
        at.look("returned")
        tab.send(step_form("dispatch"), unit="来广营地区办事处", words="按属地重派")
        at.log_in(Role.HANDLING_UNIT, STREET)
        tab.go(case)
        assert "待回访" in tab.send(step_form("report"), words="已更换灯具，现场恢复照明")
        at.look("reported")
        at.log_in(Role.TEAM_LEAD)
        tab.go(case)
        at.look("to-call-back")
        assert "没有接通" in tab.send("form:has(input[name=reached])", words="无人接听")
        at.look("not-reached")
        answers = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}
        assert "已结" in tab.send(step_form("call_back"), **answers)
        at.look("closed")
        tab.go(f"{city.url}/work/rates")
        at.look("rates")

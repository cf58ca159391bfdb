"""The page of handling units and reviewers, used as a browser without script uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest
from browser import browse, violations
from centre_process import Api, CentreProcess, make_submission
from sample_tickets import make_ticket

from app.domain.ticket import UnitRole, UnitSuggestion, provisional_number
from server.database import CentreDatabase, default_url
from server.life.attending import attend
from server.rights import Role
from server.run import add_person

STREET = "望京街道办事处"


class Browser(httpx.Client):
    """A browser at the centre: keeps cookies, says where its forms stand, follows redirects."""

    def __init__(self, centre: CentreProcess, role: Role, unit: str = "") -> None:
        super().__init__(base_url=centre.url, trust_env=False, timeout=60, follow_redirects=True)
        self._name = f"{role}-{len(list(centre.data_dir.glob('browser-*')))}"
        (centre.data_dir / f"browser-{self._name}").touch()
        self._password = add_person(self._name, [role], unit, data_dir=centre.data_dir)

    def __enter__(self) -> Browser:
        super().__enter__()
        page = self.submit("/work/login", name=self._name, password=self._password)
        assert page.url.path == "/work", page.text
        return self

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Send a form that stands on one of the centre's pages."""
        return self.post(path, data=fields, headers={"Origin": str(self.base_url).rstrip("/")})


@pytest.fixture(scope="module")
def centre_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    centre = CentreProcess("", tmp_path_factory.mktemp("work"))
    yield centre
    centre.stop()


@pytest.fixture
def ticket_id(centre_here: CentreProcess) -> str:
    """A ticket that has just come to its unit."""
    sample = make_ticket()
    units = (UnitSuggestion(STREET, UnitRole.LEAD, 0.9),)
    ticket = replace(sample, content=replace(sample.content, units=units), operator="周坐席<b>")
    Api(centre_here.url, *centre_here.add_seat()).log_in().push(make_submission(ticket))
    with closing(CentreDatabase(default_url(centre_here.data_dir))) as database:
        attend(database)
    return ticket.id


def test_a_unit_accepts_and_reports_and_a_team_lead_calls_back(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    case = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        assert case in unit.get("/work?stage=dispatched").text
        assert "办理中" in unit.submit(case, step="accept").text
        assert "请写明说明文字" in unit.submit(case, step="report").text
        assert "已派人修好" in unit.submit(case, step="report", words="已派人修好<b>").text
        assert "已派人修好&lt;b&gt;" in unit.get(case).text
        assert "欧阳" not in unit.get(case).text
    with Browser(centre_here, Role.TEAM_LEAD) as lead:
        assert "欧***" in lead.get(case).text
        assert "13800138000" in lead.submit(f"{case}/caller", reason="回访核实").text
        assert "13800138000" not in lead.get(case).text
        tried = lead.submit(case, step="call_back", reached="no", words="无人接听").text
        assert "没有接通 · 第几次 1/3 · 下次不早于" in tried
        answers = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied"}
        assert "已结" in lead.submit(case, step="call_back", **answers).text
        assert f'<th scope="row">{STREET}</th>' in lead.get("/work/rates").text


def test_whose_ticket_it_is_is_found_by_the_number_a_caller_was_given(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    number = provisional_number(ticket_id)
    with Browser(centre_here, Role.DISPATCH_REVIEWER) as reviewer:
        page = reviewer.get("/work", params={"number": number}).text
        assert f"/work/cases/{ticket_id}" in page
        assert page.count("/work/cases/") == 1
        assert "· 周坐席&lt;b&gt;" in reviewer.get(f"/work/cases/{ticket_id}").text
        nothing = reviewer.get("/work", params={"number": "L0000-000<"}).text
        assert "没有编号为 L0000-000&lt; 的工单" in nothing
    with Browser(centre_here, Role.HANDLING_UNIT, "来广营地区办事处") as stranger:
        assert ticket_id not in stranger.get("/work", params={"number": number}).text
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        assert ticket_id in unit.get("/work", params={"number": number}).text
        assert "周坐席" not in unit.get(f"/work/cases/{ticket_id}").text


def test_an_objection_is_decided_on_the_reviewers_page(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    case = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        page = unit.submit(case, step="object", reason="not_our_area", words="在来广营")
        assert "异议待审" in page.text
        with Browser(centre_here, Role.DISPATCH_REVIEWER) as reviewer:
            assert "在来广营" in reviewer.get(case).text
            page = reviewer.submit(case, step="uphold", words="属实")
            assert "退单待重派" in page.text
        assert unit.get(case).status_code == 404
        assert unit.submit(case, step="accept").status_code == 404


def test_a_form_of_another_site_is_refused(centre_here: CentreProcess, ticket_id: str) -> None:
    case = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
            assert unit.post(case, data={"step": "accept"}, headers=headers).status_code == 403
        assert "待签收" in unit.get(case).text


def test_logging_out_ends_the_session_and_the_cookie_is_strict(centre_here: CentreProcess) -> None:
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        (cookie,) = unit.cookies.jar
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert str(cookie.get_nonstandard_attr("SameSite")).lower() == "strict"
        token = cookie.value or ""
        unit.submit("/work/logout")
        again = unit.get("/work", headers={"Cookie": f"jiesu_session={token}"})
        assert again.url.path == "/work/login"


def test_a_wrong_password_is_told_and_the_page_says_nothing_more(centre_here: CentreProcess) -> None:
    with httpx.Client(base_url=centre_here.url, trust_env=False, timeout=60) as http:
        answer = http.post("/work/login", data={"name": "nobody", "password": "wrong"})
        assert answer.status_code == 401
        assert "账号或口令不对" in answer.text
        for body in (b"\xff=%ff", b"name=%00&password=x", b"a=1&" * 100):
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            assert http.post("/work/login", content=body, headers=kind).status_code == 422


@pytest.mark.parametrize("where", ["list", "case"])
def test_the_pages_are_accessible(
    centre_here: CentreProcess, ticket_id: str, tmp_path: Path, where: str
) -> None:
    path = "/work" if where == "list" else f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        cookie = "; ".join(f"{one.name}={one.value}" for one in unit.cookies.jar)
        assert violations(centre_here.url + path, tmp_path, {"Cookie": cookie}) == []
        still = tmp_path / "page.html"
        style = centre_here.url + "/page.css"
        still.write_text(re.sub(r'href="/page.css"', f'href="{style}"', unit.get(path).text), "utf-8")
    for size in ("1280,900", "390,844"):
        picture = tmp_path / f"{where}-{size}.png"
        browse(still.as_uri(), tmp_path, f"--window-size={size}", f"--screenshot={picture}")
        assert picture.stat().st_size > 10_000


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send back of the large form."""
    found = dict(
        re.findall(
            r'<input (?:type="hidden" )?(?:id="[^"]*" )?name="([^"]+)"[^>]*? value="([^"]*)"', page
        )
    )
    found |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    return {name: unescape(value) for name, value in found.items()}


def test_a_reviewer_amends_what_is_shown_and_nothing_else(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    where = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.DISPATCH_REVIEWER) as reviewer:
        page = reviewer.get(f"{where}/amend")
        assert not re.search("13800138000|欧阳", page.text)
        fields = fields_of(page.text)
        fields |= {"street": "来广营地区", "words": "核对地图"}
        after = reviewer.submit(f"{where}/amend", **fields)
        assert after.url.path == where, after.text
        for words in ("来广营地区", "核对地图", "街道（乡镇）"):
            assert words in after.text
        again = reviewer.submit(f"{where}/amend", **fields)
        assert "刚被别人改动" in again.text
        assert "来广营地区" in again.text
        seen = fields_of(again.text)
        assert "没有改动" in reviewer.submit(f"{where}/amend", **seen).text


def test_personal_data_is_amended_only_after_a_reason(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    where = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.TEAM_LEAD) as lead:
        assert "说明理由后" in lead.get(f"{where}/amend").text
        page = lead.submit(f"{where}/amend", reason="核对号码")
        fields = fields_of(page.text)
        assert fields["caller.phone"] == "13800138000"
        after = lead.submit(
            f"{where}/amend", **fields | {"caller.phone": "13800138001", "words": "听错"}
        )
        assert "13800138001" not in after.text
        assert "联系电话" in after.text
        assert "13800138001" in lead.submit(f"{where}/caller", reason="回访核实").text


def test_wrong_entries_change_nothing_and_units_have_no_such_page(
    centre_here: CentreProcess, ticket_id: str
) -> None:
    where = f"/work/cases/{ticket_id}"
    with Browser(centre_here, Role.TEAM_LEAD) as lead:
        fields = fields_of(lead.get(f"{where}/amend").text)
        for wrong in (
            {"limit_hours": "many"},
            {"category": "no-such-code"},
            {"words": " "},
            {"type": "别的"},
            {"street": "a\0b"},
        ):
            told = lead.submit(f"{where}/amend", **fields | {"words": "试", "street": "别处"} | wrong)
            assert told.status_code == 422, wrong
            assert "没有改动" in told.text or "请写明说明" in told.text
        assert "别处" not in lead.get(where).text
    with Browser(centre_here, Role.HANDLING_UNIT, STREET) as unit:
        assert unit.get(f"{where}/amend").status_code == 403
        assert unit.submit(f"{where}/amend", reason="我想看看").status_code == 403
        assert "amend" not in unit.get(where).text

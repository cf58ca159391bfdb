"""GeoReport v2: with a public client of others' making, and against the specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from centre_process import Api, CentreProcess, make_submission, new_database
from georeport import GeoReport

from server.run import add_api_key

FORM = {
    "service_code": "0101",
    "address_string": "朝阳区阜通东大街6号院",
    "description": "家里停水，联系人欧阳测试，电话13800138000",
    "first_name": "测试",
    "last_name": "欧阳",
    "phone": "13800138000",
}
LISTED = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
SHOWN = {
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "long"),
    *("expected_datetime", "address", "address_id", "zipcode", "lat", "media_url"),
}


class Open311:
    """A centre with a key, spoken to in plain HTTP."""

    def __init__(self, centre: CentreProcess) -> None:
        self.centre = centre
        self.url = f"{centre.url}/open311/v2"
        self.key = add_api_key("微博入口", centre.database_url or None, centre.data_dir)

    def get(self, path: str, **params: str) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.get(f"{self.url}/{path}", params=params)

    def post(self, kind: str = "json", **changes: str | None) -> httpx.Response:
        form = {key: value for key, value in ({"api_key": self.key} | FORM | changes).items() if value}
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.post(f"{self.url}/requests.{kind}", data=form)

    def number(self, **changes: str | None) -> str:
        answer = self.post(**changes)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()[0]["service_request_id"]
        return number


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def open311(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open311]:
    folder: Path = tmp_path_factory.mktemp("open311")
    centre = CentreProcess(new_database(request.param, request), folder)
    yield Open311(centre)
    centre.stop()


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_public_client_reads_services_and_requests(open311: Open311, kind: str) -> None:
    number = open311.number(description=f"停水 {kind}")
    client = GeoReport(open311.url, output_format=kind)
    services = client.get_service_list()
    assert "供水" in {service["service_name"] for service in services}
    definition = client.get_service_definition("0101")
    assert definition["service_code"] == "0101"
    assert client.get_service_request(number)["service_request_id"] == number
    found = client.get_service_requests(service_code="0101,0102", status="open")
    found = found if isinstance(found, list) else [found]
    assert number in {one["service_request_id"] for one in found}


def test_both_formats_say_the_same_and_have_every_field(open311: Open311) -> None:
    number = open311.number(lat="39.99", long="116.47", description="路灯不亮")
    (as_json,) = open311.get(f"requests/{number}.json").json()
    answer = open311.get(f"requests/{number}.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    (as_xml,) = ElementTree.fromstring(answer.content)
    assert {child.tag for child in as_xml} == set(as_json) == SHOWN
    assert as_xml.findtext("description") == as_json["description"] == "路灯不亮"
    assert (as_json["lat"], as_json["long"]) == (39.99, 116.47)
    assert as_json["requested_datetime"].endswith("Z")
    services = open311.get("services.json").json()
    assert all(set(service) == LISTED for service in services)


def test_a_request_lands_in_the_seats_queue_and_its_status_follows(open311: Open311) -> None:
    number = open311.number(description="下水道堵了")
    seat = Api(open311.centre.url, *open311.centre.add_seat()).log_in()
    queue = seat.send("GET", "/cases?stage=waiting").json()
    ticket_id = next(line["ticket_id"] for line in queue if line["number"] == number)
    assert open311.get(f"requests/{number}.json").json()[0]["status"] == "open"
    step: dict[str, Any] = {"step": "dispatch", "unit": "望京街道办事处"}
    assert seat.send("POST", f"/cases/{ticket_id}/steps", json=step).json() == {"stage": "dispatched"}
    (shown,) = open311.get(f"requests/{number}.json").json()
    assert shown["agency_responsible"] == "望京街道办事处"
    answered = open311.number(description="博物馆几点开门")
    queue = seat.send("GET", "/cases?stage=waiting").json()
    ticket_id = next(line["ticket_id"] for line in queue if line["number"] == answered)
    step = {"step": "answer", "words": "九点"}
    assert seat.send("POST", f"/cases/{ticket_id}/steps", json=step).status_code == 200
    closed = open311.get("requests.json", status="closed").json()
    assert answered in {one["service_request_id"] for one in closed}
    assert number not in {one["service_request_id"] for one in closed}


def test_nobody_learns_who_sent_a_request(open311: Open311) -> None:
    number = open311.number()
    for answer in (open311.get(f"requests/{number}.json"), open311.get("requests.xml")):
        assert "家里停水" in answer.text
        for secret in ("欧阳", "13800138000"):
            assert secret not in answer.text


def test_a_ticket_of_a_call_is_not_there_for_open311(open311: Open311) -> None:
    seat = Api(open311.centre.url, *open311.centre.add_seat()).log_in()
    (result,) = seat.push(make_submission())
    assert open311.get(f"requests/{result['number']}.json").status_code == 404


def test_the_same_request_sent_again_gets_the_same_number(open311: Open311) -> None:
    first = open311.number(description="同一件事")
    assert open311.number(description="同一件事") == first
    assert open311.number(description="另一件事") != first
    assert open311.get(f"tokens/{first}.json").json()[0]["service_request_id"] == first


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": None}, 403),
        ({"api_key": "guess"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": "9999"}, 404),
        ({"jurisdiction_id": "elsewhere.gov"}, 404),
        ({"address_string": None}, 400),
        ({"address_string": None, "lat": "91", "long": "0"}, 400),
        ({"address_string": None, "lat": "nan", "long": "0"}, 400),
        ({"description": None}, 400),
        ({"description": "长" * 5000}, 400),
        ({"description": "a\0b"}, 400),
    ],
)
def test_errors_as_the_specification_wants_them(
    open311: Open311, kind: str, changes: dict[str, str | None], status: int
) -> None:
    answer = open311.post(kind, **changes)
    assert answer.status_code == status
    if kind == "json":
        (error,) = answer.json()
        assert (error["code"], bool(error["description"])) == (status, True)
    else:
        root = ElementTree.fromstring(answer.content)
        assert (root.tag, root.findtext("error/code")) == ("errors", str(status))


TOO_LONG = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("requests.json", {"start_date": "yesterday"}, 400),
        (
            "requests.json",
            TOO_LONG,
            400,
        ),
        ("requests.json", {"status": "lost"}, 400),
        ("requests/JS00000000-000000.json", {}, 404),
        ("requests/%00.xml", {}, 404),
        ("services/none.xml", {}, 404),
        ("tokens/none.json", {}, 404),
        ("services.yaml", {}, 422),
        ("nothing.xml", {}, 404),
    ],
)
def test_questions_that_cannot_be_answered(
    open311: Open311, path: str, params: dict[str, str], status: int
) -> None:
    answer = open311.get(path, **params)
    assert answer.status_code == status
    if path.endswith(".json"):
        assert answer.json()[0]["code"] == status
    else:
        assert ElementTree.fromstring(answer.content).findtext("error/code") == str(status)


def test_the_discovery_document_points_to_the_interface(open311: Open311) -> None:
    with httpx.Client(trust_env=False) as http:
        found = http.get(f"{open311.centre.url}/open311/discovery.json").json()
        root = ElementTree.fromstring(http.get(f"{open311.centre.url}/open311/discovery.xml").content)
    assert found["endpoints"][0]["url"] == open311.url
    assert root.findtext("endpoints/endpoint/url") == open311.url
    assert json.dumps(found)

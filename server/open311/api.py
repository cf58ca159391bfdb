"""The endpoints of GeoReport v2 below ``/open311/v2``, and its discovery document."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from server.asking import Database
from server.open311.formats import GeoReportError, written, written_error, written_one
from server.open311.requests import Service, WebRequests, holder_of, services
from server.pace import Pace
from server.pages.render import read_form
from server.problems import Refused

JURISDICTION = "beijing.gov.cn"
V2 = "/open311/v2"
router = APIRouter(include_in_schema=False)


class Kind(StrEnum):
    """The formats."""

    JSON = "json"
    XML = "xml"


def _web_requests(request: Request) -> WebRequests:
    found: WebRequests = request.app.state.web_requests
    return found


Requests = Annotated[WebRequests, Depends(_web_requests)]


def kind_of(path: str) -> str:
    """The format that a path asks for; XML, which is the required one, where it asks for none."""
    return "json" if path.endswith(".json") else "xml"


def answer_refusal(request: Request, refusal: Refused) -> Response:
    """Any other refusal below ``/open311`` in the specification's form."""
    error = GeoReportError(refusal.status, refusal.code)
    return written_error(kind_of(request.url.path), error)


@router.get("/open311/discovery.{kind}")
def discovery(kind: Kind, request: Request) -> Response:
    """Where the interface is and what it speaks."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{request.url.scheme}://{request.url.netloc}{V2}",
        "changeset": "2026-11-22T00:00:00Z",
        "type": "production",
        "formats": [{"format": "text/xml"}, {"format": "application/json"}],
    }
    fields: dict[str, Any] = {
        "changeset": "2026-11-22T00:00:00Z",
        "contact": "12345",
        "key_service": "12345",
        "endpoints": [endpoint],
    }
    if kind is Kind.JSON:
        fields["endpoints"] = [endpoint | {"formats": ["text/xml", "application/json"]}]
    return written_one(kind, "discovery", fields)


def _service(service: Service) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": f"{service.group} / {service.name}",
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": service.group,
    }


@router.get(V2 + "/services.{kind}")
def service_list(kind: Kind, request: Request) -> Response:
    """What can be asked for."""
    _check_jurisdiction(request.query_params.get("jurisdiction_id"))
    return written(kind, "services", "service", [_service(one) for one in services().values()])


@router.get(V2 + "/services/{code}.{kind}")
def service_definition(code: str, kind: Kind, request: Request) -> Response:
    """More about a service; no service asks for attributes of its own."""
    _check_jurisdiction(request.query_params.get("jurisdiction_id"))
    if code not in services():
        raise GeoReportError(404, "service_code was not found")
    return written_one(kind, "service_definition", {"service_code": code, "attributes": []})


@router.post(V2 + "/requests.{kind}")
async def take_request(
    kind: Kind, request: Request, requests: Requests, database: Database
) -> Response:
    """Send a request; the number comes with the answer."""
    try:
        form = await read_form(request)
    except Refused:
        raise GeoReportError(400, "the form cannot be read: UTF-8, urlencoded") from None
    key = form.get("api_key") or request.query_params.get("api_key") or ""
    holder = await run_in_threadpool(holder_of, database, key)
    if holder is None:
        raise GeoReportError(403, "api_key is missing or not valid")
    pace: Pace = request.app.state.pace
    if not pace.allows(f"key {holder}"):
        raise GeoReportError(429, "too many requests with this api_key")
    _check_jurisdiction(form.get("jurisdiction_id"))
    number = await run_in_threadpool(requests.take, holder, form)
    fields = {"service_request_id": number, "service_notice": "", "account_id": ""}
    return written(kind, "service_requests", "request", [fields], 201)


@router.get(V2 + "/requests.{kind}")
def request_list(kind: Kind, request: Request, requests: Requests) -> Response:
    """What became of requests."""
    asked = request.query_params
    _check_jurisdiction(asked.get("jurisdiction_id"))
    if asked.get("service_request_id"):
        found = requests.find(_split(asked["service_request_id"]))
    else:
        found = requests.search(
            _split(asked.get("service_code", "")),
            _split(asked.get("status", "")),
            _moment(asked.get("start_date"), "start_date"),
            _moment(asked.get("end_date"), "end_date"),
        )
    return written(kind, "service_requests", "request", found)


@router.get(V2 + "/requests/{number}.{kind}")
def one_request(number: str, kind: Kind, request: Request, requests: Requests) -> Response:
    """What became of one request."""
    _check_jurisdiction(request.query_params.get("jurisdiction_id"))
    found = requests.find([number]) if "\0" not in number else []
    if not found:
        raise GeoReportError(404, "service_request_id was not found")
    return written(kind, "service_requests", "request", found)


@router.get(V2 + "/tokens/{token}.{kind}")
def token(token: str, kind: Kind, requests: Requests) -> Response:
    """The number for a token; here every request has its number at once, which serves as its token."""
    if "\0" in token or not requests.find([token]):
        raise GeoReportError(404, "token was not found")
    fields = {"service_request_id": token, "token": token}
    return written(kind, "service_requests", "request", [fields])


def _check_jurisdiction(given: str | None) -> None:
    if given and given != JURISDICTION:
        raise GeoReportError(404, "jurisdiction_id was not found")


def _split(value: str) -> list[str]:
    return [one.strip()[:64] for one in value.split(",") if one.strip() and "\0" not in one][:1000]


def _moment(value: str | None, name: str) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value.replace(" ", "+"))
        if found.tzinfo is None or not 1970 <= found.year < 9000:
            raise ValueError
    except ValueError:
        raise GeoReportError(400, f"{name} must look like 2026-01-01T00:00:00Z") from None
    return found

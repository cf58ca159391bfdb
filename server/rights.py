"""Who may do what: the one table of roles and endpoints. What is not named here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may be at the centre. ``SEAT`` is a workstation, the others are people."""

    SEAT = "seat"
    OPERATOR = "operator"
    TRAINER = "trainer"
    TEAM_LEAD = "team_lead"
    KNOWLEDGE_EDITOR = "knowledge_editor"
    DISPATCH_REVIEWER = "dispatch_reviewer"
    HANDLING_UNIT = "handling_unit"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use an endpoint.

    ``everybody`` = without logging in, at a pace per address; ``by_handler`` = the endpoint checks
    the seat's token itself, together with its work (``push``).
    """

    roles: frozenset[Role] = frozenset()
    everybody: bool = False
    by_handler: bool = False


def _only(*roles: Role) -> Rule:
    return Rule(frozenset(roles))


_ANYBODY = Rule(everybody=True)
_EVERY_PERSON = Rule(frozenset(Role) - {Role.SEAT})
_AFTER_DISPATCH = _only(
    Role.SEAT, Role.OPERATOR, Role.TEAM_LEAD, Role.DISPATCH_REVIEWER, Role.HANDLING_UNIT
)
_AFTER_DISPATCH_PEOPLE = Rule(_AFTER_DISPATCH.roles - {Role.SEAT})
_SEAT = _only(Role.SEAT)
_TEAM_LEAD = _only(Role.TEAM_LEAD)
_ADMIN = _only(Role.ADMINISTRATOR)
_EDITOR = _only(Role.KNOWLEDGE_EDITOR)

RULES: Mapping[tuple[str, str], Rule] = {
    # a seat and the centre (docs/sync.md)
    ("GET", "/api/v1/openapi.json"): _ANYBODY,
    ("GET", "/api/v1/health"): _ANYBODY,
    ("POST", "/api/v1/login"): _ANYBODY,
    ("POST", "/api/v1/push"): Rule(frozenset({Role.SEAT}), by_handler=True),
    ("GET", "/api/v1/changes"): _SEAT,
    ("GET", "/api/v1/events"): _SEAT,
    ("GET", "/api/v1/tickets/{ticket_id}"): _SEAT,
    ("POST", "/api/v1/recordings"): _SEAT,
    # people
    ("POST", "/api/v1/people/login"): _ANYBODY,
    ("POST", "/api/v1/people/refresh"): _ANYBODY,
    ("POST", "/api/v1/people/logout"): _EVERY_PERSON,
    ("POST", "/api/v1/people/password"): _EVERY_PERSON,
    ("GET", "/api/v1/people/me"): _EVERY_PERSON,
    ("GET", "/api/v1/people"): _only(Role.ADMINISTRATOR, Role.AUDITOR),
    ("PUT", "/api/v1/people/{name}"): _ADMIN,
    ("POST", "/api/v1/people/{name}/unlock"): _ADMIN,
    ("GET", "/api/v1/audit"): _only(Role.AUDITOR),
    ("GET", "/api/v1/audit/verify"): _only(Role.AUDITOR),
    # tickets after dispatch; whose they are and which step is whose: server/life/
    ("GET", "/api/v1/cases"): _AFTER_DISPATCH,
    ("GET", "/api/v1/cases/{ticket_id}"): _AFTER_DISPATCH,
    ("POST", "/api/v1/cases/{ticket_id}/steps"): _AFTER_DISPATCH,
    ("POST", "/api/v1/cases/{ticket_id}/take"): _only(Role.SEAT, Role.OPERATOR, Role.TEAM_LEAD),
    ("POST", "/api/v1/cases/{ticket_id}/amend"): _only(Role.TEAM_LEAD, Role.DISPATCH_REVIEWER),
    ("POST", "/api/v1/cases/{ticket_id}/caller"): _AFTER_DISPATCH,
    ("GET", "/api/v1/rates"): _only(Role.TEAM_LEAD, Role.DISPATCH_REVIEWER, Role.HANDLING_UNIT),
    # what the calls tell
    ("GET", "/api/v1/statistics"): _TEAM_LEAD,
    ("GET", "/api/v1/statistics/groups"): _TEAM_LEAD,
    ("GET", "/api/v1/statistics/tickets"): _TEAM_LEAD,
    # reviews of calls of all seats
    ("POST", "/api/v1/transcripts"): _SEAT,
    ("GET", "/api/v1/outcomes"): _SEAT,
    ("GET", "/api/v1/agreement"): _TEAM_LEAD,
    ("GET", "/api/v1/agreement/{question}"): _TEAM_LEAD,
    ("GET", "/api/v1/reviews"): _TEAM_LEAD,
    ("GET", "/api/v1/reviews/{ticket_id}"): _TEAM_LEAD,
    ("GET", "/api/v1/reviews/{ticket_id}/recording"): _TEAM_LEAD,
    ("PUT", "/api/v1/reviews/{ticket_id}"): _TEAM_LEAD,
    # articles, the editor's side
    ("GET", "/api/v1/articles"): _EDITOR,
    ("GET", "/api/v1/articles/{article_id}"): _EDITOR,
    ("PUT", "/api/v1/articles/{article_id}"): _EDITOR,
    ("DELETE", "/api/v1/articles/{article_id}"): _EDITOR,
    # what no article answered
    ("POST", "/api/v1/gaps"): _SEAT,
    ("GET", "/api/v1/gaps"): _EDITOR,
    ("POST", "/api/v1/gaps/settle"): _EDITOR,
    ("GET", "/api/v1/reports"): _TEAM_LEAD,
    ("GET", "/api/v1/reports/{kind}/{begin}/{form}"): _TEAM_LEAD,
    # catalogue, units, rules, places, words and the seats' policy
    ("GET", "/api/v1/reference"): _only(Role.ADMINISTRATOR, Role.KNOWLEDGE_EDITOR, Role.AUDITOR),
    ("GET", "/api/v1/reference/{name}"): _only(Role.ADMINISTRATOR, Role.KNOWLEDGE_EDITOR),
    ("PUT", "/api/v1/reference/{name}"): _ADMIN,
    ("DELETE", "/api/v1/reference/{name}"): _ADMIN,
    ("GET", "/api/v1/reference-use"): _only(Role.ADMINISTRATOR, Role.KNOWLEDGE_EDITOR, Role.AUDITOR),
    ("PUT", "/api/v1/reference-use"): _SEAT,
    # knowledge for citizens
    ("GET", "/"): _ANYBODY,
    ("GET", "/kb"): _ANYBODY,
    ("GET", "/kb/{article_id}"): _ANYBODY,
    # whoever watches the centre has a key, which the endpoint checks
    ("GET", "/metrics"): Rule(by_handler=True),
    # Open311; whoever sends a request needs a key, which the endpoint checks
    ("GET", "/open311/discovery.{kind}"): _ANYBODY,
    ("GET", "/open311/v2/services.{kind}"): _ANYBODY,
    ("GET", "/open311/v2/services/{code}.{kind}"): _ANYBODY,
    ("POST", "/open311/v2/requests.{kind}"): Rule(by_handler=True),
    ("GET", "/open311/v2/requests.{kind}"): _ANYBODY,
    ("GET", "/open311/v2/requests/{number}.{kind}"): _ANYBODY,
    ("GET", "/open311/v2/tokens/{token}.{kind}"): _ANYBODY,
    # pages for units and reviewers
    ("GET", "/page.css"): _ANYBODY,
    ("GET", "/work/login"): _ANYBODY,
    ("POST", "/work/login"): _ANYBODY,
    ("POST", "/work/logout"): _EVERY_PERSON,
    ("GET", "/work"): _AFTER_DISPATCH_PEOPLE,
    ("GET", "/work/cases/{ticket_id}"): _AFTER_DISPATCH_PEOPLE,
    ("POST", "/work/cases/{ticket_id}"): _AFTER_DISPATCH_PEOPLE,
    ("POST", "/work/cases/{ticket_id}/caller"): _AFTER_DISPATCH_PEOPLE,
    ("GET", "/work/cases/{ticket_id}/amend"): _only(Role.TEAM_LEAD, Role.DISPATCH_REVIEWER),
    ("POST", "/work/cases/{ticket_id}/amend"): _only(Role.TEAM_LEAD, Role.DISPATCH_REVIEWER),
    ("GET", "/work/rates"): _only(Role.TEAM_LEAD, Role.DISPATCH_REVIEWER, Role.HANDLING_UNIT),
}
"""(method, path of the route) → who. A route without a row answers 403 to everybody."""


def rule_for(method: str, path: str) -> Rule:
    """The rule of a route; an empty one, which lets nobody in, where none is written."""
    return RULES.get(("GET" if method == "HEAD" else method, path), Rule())

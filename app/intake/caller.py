"""Who calls: name, phone number, wish for confidentiality. Complete and said, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Caller, Proof
from app.intake.numerals import digit
from app.intake.rulebook import any_of, rule_book
from app.intake.talk import Span
from speech.utterance import INCOMPLETE

_SURNAMES = any_of("surnames")
_ANY_SURNAME = r"[\u4e00-\u9fa5](?<![什啥甚么名氏的是不啊哪我你您他她也就个都没叫来得人])"
"""Behind 姓 nearly every character is a surname, also one that no list has."""
_GIVEN = r"(?:(?![的了吗呢吧])[\u4e00-\u9fa5]){1,2}"
_NAME_END = r"(?=[，,。！？!?；; 、]|$|我|电话|手机|联系|的电话|住)"
_FULL_NAME = re.compile(
    rf"(?:我的?名字(?:是|叫)|本人(?:叫|是)|名叫|我叫|姓名(?:是|叫)?|我是|叫)(?P<name>(?:{_SURNAMES}){_GIVEN}){_NAME_END}"
)
_SURNAME = re.compile(
    rf"(?:免贵|我|俺|咱|本人|敝|复|^|[，,。 ])姓(?P<name>{_SURNAMES}|{_ANY_SURNAME})(?![名氏])"
    rf"(?:，?(?:叫|名)(?P<given>{_GIVEN}){_NAME_END})?"
)
_TITLE = "(?:先生|女士|小姐|阿姨|大爷|大妈|师傅|老师|大姐|姐|哥|叔)"
_FAMILIAR = re.compile(
    rf"(?:叫我|喊我|称呼我|就写|我是|记)(?:个|成)?"
    rf"(?:(?:小|老)(?P<name>{_SURNAMES})(?=就|吧|[，,。！？!? ]|$|行|都|可以|得|同志|师傅)"
    rf"|(?P<titled>{_SURNAMES}){_TITLE})"
    rf"|(?:^|[，,。 ])(?P<plain>{_SURNAMES}){_TITLE}(?:就行|就好|就可以|即可|吧)"
)
"""你叫我小尹就行, 就写齐女士."""
_SPELT = re.compile(rf"{any_of('spelt_surnames')}(?P<name>[张章陈李吴吕黄许胡林王赵何秋姚郑明])")
_BARE = re.compile(rf"(?:嗯|啊|好的?|哎|免贵)?[，, ]?(?P<name>(?:{_SURNAMES})(?:{_GIVEN})?){_NAME_END}")
_TITLED = re.compile(rf"(?P<name>{_SURNAMES})(?:先生|女士|小姐|阿姨|大爷|大妈|师傅|老师)")
_ASKS_NAME = re.compile(
    r"贵姓|怎么称呼|(?:您|你)的?(?:姓名|名字|全名)|姓什么|叫什么名字?[？?]?$|称呼您|姓名"
)
_OTHER_PARTY = re.compile(any_of("other_parties"))
_NOT_NAMES = re.compile(rf"^{any_of('not_names')}")
_ASKS_PHONE = re.compile(r"电话|手机|号码|联系方式|怎么联系您")
_OWN_PHONE = re.compile(
    r"(?:我的?|本人|我这个?)?(?:联系|手机|座机|固定|固话|家里|家庭)?(?:电话|手机|号码|手机号|方式)(?:号码?)?(?:就?是|为|：|:)?|打这个|记一下|打我|座机"
)
_OTHERS_PHONE = re.compile(
    rf"{any_of('not_own_numbers')}[^，,。 我]{{0,6}}(?:电话|手机|号|联系方式)?(?:号码?)?(?:是|为)?$"
)
_RUN = re.compile(r"[零〇一二两三四五六七八九幺洞\d][零〇一二两三四五六七八九幺洞\d \-－—,，、]*")
_FIX = re.compile(r"不对|不是|错了|说错|应该是|更正|改成|重说")
_TAIL = re.compile(
    r"(?:后|末|最后|尾号|尾数)[^\d零一二三四五六七八九幺]{0,4}(?:[四两三]位)?(?:数字?)?(?:是|应该是|为)?$"
)
_YES = re.compile(r"^(?:嗯|啊)?[，, ]?(?:对|是|没错|正确|可以|行|好)(?!不)")
_NO = re.compile(r"^(?:嗯|啊)?[，, ]?(?:不对|不是|错|没有|否)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:0(?:10|2\d|[3-9]\d{2}))?[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6}")


@dataclass(frozen=True, slots=True)
class Found:
    """A value with its proof."""

    value: str
    proof: Proof


def find_caller(talk: Sequence[Utterance]) -> tuple[Caller, dict[str, Proof]]:
    """The caller and the proofs of what is known."""
    name, phone, confidential = find_name(talk), find_phone(talk), find_confidential(talk)
    proofs = {
        key: found.proof
        for key, found in (
            ("caller.name", name),
            ("caller.phone", phone),
            ("caller.confidential", confidential),
        )
        if found
    }
    caller = Caller(
        name.value if name else None, phone.value if phone else None, confidential is not None
    )
    return caller, proofs


def find_confidential(talk: Sequence[Utterance]) -> Found | None:
    """The wish not to be named; the caller's last word on it counts."""
    hits = rule_book("caller").hits(talk)
    wishes = [hit for hit in hits if hit.rule.gives.get("confidential")]
    if not wishes:
        return None
    last = wishes[-1]
    waivers = [hit for hit in hits if hit.rule.gives.get("confidential") is False]
    if waivers and talk.index(waivers[-1].span.utterance) > talk.index(last.span.utterance):
        return None
    return Found("保密", last.span.proof(f"caller.{last.rule.name}"))


def find_name(talk: Sequence[Utterance]) -> Found | None:
    """The caller's name as said: in full, or the surname alone. A fuller or later one wins."""
    best: Found | None = None
    asked = False
    for said in talk:
        if said.speaker is Speaker.OPERATOR:
            asked = bool(_ASKS_NAME.search(said.text)) and not re.search(
                r"(?:店|公司|工地|单位|小区|孩子|老师)[^，。]{0,6}(?:名|叫)", said.text
            )
            continue
        found = _name_in(said, asked)
        if found and (best is None or len(found.value) >= len(best.value)):
            best = found
    return best or _read_back_name(talk)


def _name_in(said: Utterance, asked: bool) -> Found | None:
    """The fullest name an utterance gives: ``张伟，弓长张`` is 张伟."""
    text = said.text
    found: list[Found] = []
    for rule, pattern in (("spelt-surname", _SPELT), ("full-name", _FULL_NAME), ("surname", _SURNAME)):
        for match in pattern.finditer(text):
            words = match["name"] + (match.groupdict().get("given") or "")
            lead = text[max(0, match.start() - 6) : match.start()]
            bare = rule == "full-name" and not match[0].startswith(("我", "本人", "姓名"))
            if bare and (not asked or _OTHER_PARTY.search(lead)):
                continue
            if rule == "spelt-surname" and not (asked or "姓" in lead):
                continue
            if _NOT_NAMES.match(words):
                continue
            found.append(Found(words, Span(said, match.start(), match.end()).proof(f"caller.{rule}")))
            break
    if familiar := _FAMILIAR.search(text):
        name = familiar["name"] or familiar["titled"] or familiar["plain"]
        found.append(Found(name, Span(said, *familiar.span()).proof("caller.familiar-name")))
    if asked and (answer := _BARE.match(text)) and not _NOT_NAMES.match(answer["name"]):
        proof = Span(said, *answer.span("name")).proof("caller.answers-name")
        found.append(Found(answer["name"], proof))
    return max(found, key=lambda name: len(name.value), default=None)


def _read_back_name(talk: Sequence[Utterance]) -> Found | None:
    """``好的张先生`` of the operator, when the caller does not deny it."""
    for number, said in enumerate(talk):
        if said.speaker is Speaker.OPERATOR and (match := _TITLED.search(said.text)):
            answer = next((u for u in talk[number + 1 :] if u.speaker is Speaker.CALLER), None)
            if answer is None or not _NO.match(answer.text):
                return Found(match["name"], Span(said, *match.span()).proof("caller.read-back"))
    return None


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits said in one go. ``lead`` = the words before them in the same utterance."""

    digits: str
    span: Span
    lead: str


def _runs(said: Utterance) -> Iterator[_Run]:
    """The runs of digits; one that was not heard whole is no number, nor a part of one."""
    for match in _RUN.finditer(said.text):
        if said.text.startswith(INCOMPLETE, match.end()):
            continue
        digits = "".join(found for c in match[0] if (found := digit(c)))
        yield _Run(digits, Span(said, match.start(), match.end()), said.text[: match.start()])


def is_phone(digits: str) -> bool:
    """Whether digits are a complete mobile or landline number."""
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))


def find_phone(talk: Sequence[Utterance]) -> Found | None:
    """The caller's own number: said at once or in groups, corrected, or read back and affirmed."""
    known: Found | None = None
    groups = ""
    spans: list[Span] = []
    asked = False
    for position, said in enumerate(talk):
        if said.speaker is Speaker.OPERATOR:
            if read := _read_back(talk, position):
                known, groups, spans = read, "", []
            asked = (asked and _short(said.text)) or bool(_ASKS_PHONE.search(said.text))
            continue
        for run in _runs(said):
            if len(run.digits) < 3 or not (
                groups or known or asked or _OWN_PHONE.search(run.lead) or _MOBILE.fullmatch(run.digits)
            ):
                continue
            if _OTHERS_PHONE.search(run.lead[-14:]) and not re.search(
                r"我的?(?:电话|手机)[^，。]*$", run.lead
            ):
                continue
            if known and _TAIL.search(run.lead) and len(run.digits) < len(known.value):
                value = known.value[: -len(run.digits)] + run.digits
                known = Found(value, run.span.proof("caller.phone-corrected"))
                continue
            if is_phone(run.digits) and (run.digits[0] == "1" or not groups):
                if not known or _FIX.search(said.text):
                    known, groups, spans = (
                        Found(run.digits, run.span.proof("caller.phone-said")),
                        "",
                        [],
                    )
                continue
            if known is None and len(groups + run.digits) <= 12:
                groups, spans = groups + run.digits, [*spans, run.span]
                if is_phone(groups) and len(groups) >= 11:
                    known = Found(groups, _joined(spans))
                    groups, spans = "", []
    return known


def _short(text: str) -> bool:
    return len(text) <= 12


def _joined(spans: Sequence[Span]) -> Proof:
    """One proof for digits that were said in several groups, from the first to the last."""
    first, last = spans[0].proof("caller.phone-in-groups"), spans[-1].proof("")
    return Proof(
        rule=first.rule,
        text=" ".join(span.text.strip(" ，,、") for span in spans),
        speaker=first.speaker,
        start=first.start,
        end=last.end,
    )


def _read_back(talk: Sequence[Utterance], position: int) -> Found | None:
    """A full number read by the operator that the caller affirms, or gave piecemeal just before."""
    answer = next((u for u in talk[position + 1 :] if u.speaker is Speaker.CALLER), None)
    if answer is None or not _YES.match(answer.text) or _NO.match(answer.text):
        return None
    for run in _runs(talk[position]):
        if is_phone(run.digits) and run.digits[0] in "01":
            return Found(run.digits, run.span.proof("caller.phone-read-back"))
    return None

"""Subject line and summary in standard form, made only of words that were said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof, RequestType
from app.intake.numerals import house_numbers
from app.intake.place import Place
from app.intake.talk import Span, clauses

SUBJECT_CHARS = 30
_TOPIC_CHARS = 14
_SUMMARY_CHARS = 400
_FILLER = re.compile(
    r"^(?:喂|您好|你好|你们好|哎|唉|嗯+|啊|哦|噢|那个|这个就是|就是说|然后|对了?(?!面|方|于)|好的?(?!多|几|像|些|处)|行|是的|嘛|呃|额|师傅|同志|领导)+[，, ]*"
)
_EMPTY = re.compile(
    r"^(?:谢谢(?:你们?|您)?|感谢|再见|麻烦(?:你们?|您)了?|辛苦(?:你们?|您)?了?|知道了|我知道了|明白了?|没有了?|没了|不用了?|可以|有|没有|对|是|是的|好|行|嗯|喂|你好|您好|就这些|没别的了?|请讲|我想问一下|我想咨询一下|我要反映一个问题|我想反映一个问题|是这样的?|我跟您说|你听我说)$"
)
_ABOUT_CALLER = re.compile(
    r"我叫|我姓|免贵|姓名|电话(?:号码)?是|手机(?:号码?)?是|手机号|来电号码|联系电话|[零〇一二三四五六七八九幺\d]{7,}|保密|匿名|不(?:想|要)让.*知道|别让.*知道"
)
_WHEN = re.compile(
    r"(?:从)?(?:(?:昨天|今天|前天|大前天|明天|去年|今年|前年|上个?月|这个月|上周|这周|上个?星期|每天|天天|每年|每周|周末|连续|最近|刚才|刚刚|近|[一二两三四五六七八九十\d]+月份?)"
    r"(?:[一二两三四五六七八九十几半\d]+(?:个?(?:星期|礼拜|月|小时|年)|天|号|日|周))?"
    r"(?:早上|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|凌晨|早高峰|晚高峰)?"
    r"(?:[一二两三四五六七八九十\d]+点(?:[一二三四五六七八九十半\d]+分?)?)?(?:多|左右|以后|之后|以前)?(?:开始|起|到现在)?"
    r"|(?:早上|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|凌晨|早高峰|晚高峰)(?:[一二两三四五六七八九十\d]+点(?:半)?)?(?:多|左右|以后|之后)?(?:开始|起)?)"
)
_WANTS = re.compile(
    r"希望|麻烦|要求|请(?!问)|请求|尽快|赶紧|能不能|可不可以|建议|咨询|想问|想了解|需要.{0,6}(?:什么|哪些)|怎么|如何|什么时候|多少|哪里|投诉|举报|表扬|退钱|退款|退费|赔偿|管一管|处理一下|给我们?(?:恢复|解决|退|修)|再不|[吗呢]$"
)
_ASKED = re.compile(
    r"能不能|可不可以|是否可以|希望(?:能|可以)?|建议(?:能|在|你们)?|麻烦(?:你们)?(?:能)?"
)
_IMPROVES = re.compile(
    r"(?:增加|增设|增开|加开|开通|延长|新增|多设|多建|加密|优化|调整|设置|加装|改造|取消|修建|建设|恢复|安装|提高|降低|缩短|推广)[^，,。！？!?；; ]{2,}"
)
_FORMS = {
    RequestType.QUESTION: ("咨询", "的问题"),
    RequestType.REPORT: ("举报", "的问题"),
    RequestType.SUGGESTION: ("建议", ""),
    RequestType.PRAISE: ("", ""),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary with the proof of each of its clauses, in their order."""

    text: str
    clauses: tuple[Proof, ...]

    @property
    def proof(self) -> Proof:
        """The stretch of the call that the summary stands on."""
        first = self.clauses[0]
        ends = [clause.end for clause in self.clauses if clause.end is not None]
        starts = [clause.start for clause in self.clauses if clause.start is not None]
        return Proof(
            rule="wording.summary",
            text="，".join(dict.fromkeys(clause.text for clause in self.clauses)),
            speaker=first.speaker,
            start=min(starts, default=None),
            end=max(ends, default=None),
        )


def told(talk: Sequence[Utterance]) -> list[Span]:
    """The caller's clauses that say something about the matter."""
    result: list[Span] = []
    seen: set[str] = set()
    for said in talk:
        if said.speaker is not Speaker.CALLER:
            continue
        for clause in clauses(said):
            filler = _FILLER.match(clause.text)
            clause = Span(said, clause.start + (filler.end() if filler else 0), clause.end)
            words = clause.text.strip()
            if len(words) < 2 or words in seen or _EMPTY.match(words) or _ABOUT_CALLER.search(words):
                continue
            seen.add(words)
            result.append(clause)
    return result


def summarise(talk: Sequence[Utterance], place: Place) -> Summary | None:
    """时间、地点、经过、诉求 in the caller's own clauses; ``None`` when nothing was told."""
    said = told(talk)
    if not said:
        return None
    proofs: list[Proof] = []
    parts: list[str] = []

    def part(label: str, words: str, new: Sequence[Proof]) -> None:
        if words:
            parts.append(f"{label}：{words}")
            proofs.extend(new)

    when = next(_times(said), None)
    if when:
        part("时间", when.text, [when.proof("wording.time")])
    where = [place.proofs[key] for key in ("district", "street", "place") if key in place.proofs]
    where = [proof for proof in where if proof.rule in _SAID_PLACES]
    part("地点", house_numbers(_joined_place(where)), where)
    wants = [clause for clause in said if _WANTS.search(clause.text)]
    events = [c for c in said if c not in wants and not _only_place(c.text, where)]
    for label, group in (("经过", events), ("诉求", wants)):
        short = _fitting(group, _SUMMARY_CHARS)
        part(
            label,
            "，".join(c.text.strip() for c in short),
            [c.proof(f"wording.{label}") for c in short],
        )
    if not parts:
        return None
    return Summary("；".join(parts) + "。", tuple(proofs))


_SAID_PLACES = frozenset(
    {"place.district-said", "place.street-said", "place.named", "place.named-with-house"}
)


def _joined_place(proofs: Sequence[Proof]) -> str:
    words = ""
    for proof in proofs:
        text = re.sub(r"[，, 、]", "", proof.text)
        words += "" if text in words else text
    return words


def _only_place(text: str, where: Sequence[Proof]) -> bool:
    """Whether a clause says no more than the place already named."""
    rest = text
    for proof in where:
        for words in proof.text.split(" "):
            rest = rest.replace(words, "")
    return bool(where) and len(rest) < len(text) and len(rest) <= 3


def _times(said: Sequence[Span]) -> Iterator[Span]:
    for clause in said:
        if match := _WHEN.search(clause.text):
            yield Span(clause.utterance, clause.start + match.start(), clause.start + match.end())


def _fitting(group: Sequence[Span], limit: int) -> list[Span]:
    chosen: list[Span] = []
    length = 0
    for clause in group:
        length += len(clause.text) + 1
        if length > limit:
            break
        chosen.append(clause)
    return chosen


def subject_line(
    kind: RequestType | None, place: Place, topic: str | None, talk: Sequence[Utterance]
) -> tuple[str, Proof] | None:
    """A subject of at most 30 characters. ``topic`` is the catalogue's name of the matter, if known."""
    said = told(talk)
    words, proof = topic or "", Proof(rule="wording.topic-of-category")
    if kind is RequestType.SUGGESTION and (wish := _improvement(said)):
        words, proof = wish.text, wish.proof("wording.improvement")
    elif not topic:
        clause = max(said[:4], key=lambda c: min(len(c.text), _TOPIC_CHARS), default=None)
        if clause is None:
            return None
        words, proof = clause.text.strip(), clause.proof("wording.own-words")
    head, tail = _FORMS.get(kind, ("反映", "的问题")) if kind else ("反映", "的问题")
    if kind is RequestType.PRAISE:
        head = "" if words.startswith("表扬") else "表扬"
        words = words or "工作人员"
        where = place.place or place.street or ""
        line = f"表扬{where}{words.removeprefix('表扬')}"
        return line[:SUBJECT_CHARS], proof
    where = _short_place(place)
    room = SUBJECT_CHARS - len(head) - len(tail)
    if words.endswith(("问题", "咨询")):
        words = re.sub(r"(?:的?问题|[与和及、]?咨询)$", "", words) or words
    words = words[: min(room, SUBJECT_CHARS - 8)]
    if kind in (RequestType.QUESTION, RequestType.SUGGESTION) or len(where) + len(words) > room:
        where = where if len(where) + len(words) <= room and kind is RequestType.SUGGESTION else ""
    return f"{head}{where}{words}{tail}", proof


def _improvement(said: Sequence[Span]) -> Span | None:
    for clause in said:
        if match := _IMPROVES.search(clause.text):
            return Span(clause.utterance, clause.start + match.start(), clause.start + match.end())
    return None


def _short_place(place: Place) -> str:
    """The place's name without house numbers, else the street's, else the district's."""
    if place.place:
        name = re.split(r"[甲乙丙]?\d+(?:号院|号楼|号|栋|幢|座|单元|门|层|楼|室)", place.place)[0]
        return (name or place.place)[:12]
    return place.street or place.district or ""

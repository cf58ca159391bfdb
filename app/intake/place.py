"""Where it is: district, street and place from the dialogue, as said, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.domain.call import Speaker, Utterance
from app.domain.ticket import Proof
from app.intake.numerals import NUMBER, house_numbers
from app.intake.rulebook import any_of
from app.intake.talk import Span
from resources.places import PlaceKind
from speech.repair.mentions import PlaceContext, PlaceMention


class FindPlaces(Protocol):
    """``PlaceFinder.find``: places said in a text; without ``misheard`` only those written right."""

    def __call__(
        self, text: str, context: PlaceContext | None = None, *, misheard: bool = True
    ) -> tuple[PlaceMention, ...]: ...


_Area = tuple[PlaceMention, Span, float]
"""A district or street, where it was said, and what speaks for it."""

SURE_BY_SOUND = 0.85
"""A name that is not written so must sound this alike; the transcript is already repaired."""

READ_BACK_ALONE = 0.5
"""Weight of an area that only the operator was heard to name: below any of the caller's."""

_HAN = r"[\u4e00-\u9fa5A-Za-z]"
_PLAIN = rf"(?:(?!{any_of('never_in_place_names')}){_HAN})"
_COUNTED_AREA = r"[一二三四五六七八九十东西南北中\d]+区"
_ENDING = any_of("place_endings")
_NAME = re.compile(rf"{_PLAIN}{{1,9}}{_ENDING}(?:{_COUNTED_AREA}|[东西南北]区|[东西南北]?里)?")
_DETAIL_UNIT = r"(?:号院|号楼|号|栋|幢|座|单元|门|层|楼|室|户)"
_DETAIL = re.compile(
    rf"(?:[甲乙丙]?{NUMBER}[甲乙丙]?{_DETAIL_UNIT}(?!线|路|天|人|上下)[，, ]?)+"
    rf"(?:{NUMBER}(?=$|[^\u4e00-\u9fa5\d]|我|的|室))?"
)
_HOUSE = re.compile(rf"{NUMBER}(?:号院|号楼|栋|幢|单元)(?:{NUMBER}(?:单元|门|室|层))*")
_GLUE = re.compile(r"[，, 、的]*")
_LEADING = re.compile(rf"^{any_of('before_places')}+")
_ASKS_PLACE = re.compile(
    r"地址|在哪|哪里|哪个(?:区|街道|小区|村|位置|地方)|位置|什么地方|具体地点|住哪|哪儿|哪一?片|路段"
)
_OWN_PLACE = re.compile(
    r"(?:我们?家?|咱们|家)?(?:住在?|家在|位于|地址是?|就在|是在|在)$|(?:我们|咱们|我家|我们村|小区(?:是|叫|在))$"
)
_BOUND_FOR = re.compile(
    r"(?:去|(?<![迁搬挪落])到|往|开往|前往|坐到|送到|转到|调到|以前住?|原来住?|老家)$"
)
_OTHERS = re.compile(r"(?:隔壁|旁边|对面|附近|别的|另一个)(?:的|小区)?$")
_YES = re.compile(r"^(?:嗯|啊)?[，, ]?(?:对|是|没错|正确)(?!不)")
_NO = re.compile(r"^(?:哎|啊)?[，, ]?(?:不是|不对|错了)")
_READS_BACK = re.compile(r"^(?:好的?|嗯|哦)[，, ]|对吧|对吗|是吧|是吗|记下|记录")
_INNER_FIX = re.compile(r"不对[，, ]|不是[，, ]|错了|说错|记错|应该是|更正|哦不|噢不")
"""A correction inside one utterance: 交道口街道，哦不是，应该是安定门街道."""
_REGION = re.compile(any_of("other_regions"))
_WORKS_THERE = re.compile("(?:这边|那边)?(?:上班|工作|打工)")
"""Behind a district it says little of a matter in another region: 天津买的房，人在朝阳上班."""
_AFTER_A_REGION = re.compile(
    rf"{any_of('other_regions')}(?:省|市|那边|这边|的|[\u4e00-\u9fa5]{{1,3}}市)?$"
)
_CORRECTS = re.compile(r"^(?:不对|不是|错了|说错)|应该是|我说的是")
_BLANKED_KINDS = frozenset({PlaceKind.DISTRICT, PlaceKind.STREET, PlaceKind.ROAD})
_KIND_OF_AREA = re.compile("(?:街道|地区|[区镇乡路街])$")
_NAMED_KINDS = frozenset(PlaceKind) - {PlaceKind.DISTRICT, PlaceKind.STREET}
_NOT_PLACES = re.compile(rf"^{any_of('not_places')}$")
_SURE_ENDING = re.compile(rf"{any_of('sure_place_endings')}$")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in three steps, each with its proof under its field's name."""

    district: str | None = None
    street: str | None = None
    place: str | None = None
    proofs: dict[str, Proof] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Named:
    """A named place in the talk: its words, and how much speaks for it being the matter's place."""

    text: str
    span: Span
    weight: float
    mention: PlaceMention | None


@dataclass
class _Reading:
    """What a talk says about places, utterance by utterance."""

    areas: list[_Area]
    named: list[_Named]
    houses: list[Span]


class PlaceReader:
    """Reads places with a finder of gazetteer names (``PlaceFinder.find``)."""

    def __init__(self, find_places: FindPlaces, districts: Sequence[str]) -> None:
        self._find = find_places
        shorts = "|".join(name.removesuffix("区") for name in districts)
        self._institution = re.compile(rf"(?P<short>{shorts})(?:区)?(?:人民)?{any_of('institutions')}")
        self._seen: dict[tuple[str, tuple[tuple[str, float], ...]], tuple[PlaceMention, ...]] = {}

    def read(self, talk: Sequence[Utterance]) -> Place:
        """District, street and place of what the talk is about."""
        reading = self._collect(talk)
        best = max(reading.named, key=lambda n: n.weight, default=None)
        proofs: dict[str, Proof] = {}
        district, street = self._areas(reading, best, proofs)
        if district is None:
            district = self._institution_district(talk, proofs)
        place = None
        if best is not None and best.weight > 0:
            place, proofs["place"] = self._with_house(best, reading)
        return Place(district, street, place, proofs)

    def without_names(self, text: str) -> str:
        """The text with the names of areas and roads blanked, so that 田村路街道 tells of no 村路.

        The kind of place stays: □□□街道.
        """
        for mention in self._mentions(text, PlaceContext()):
            if mention.kind in _BLANKED_KINDS and mention.name == text[mention.start : mention.end]:
                end = mention.start + len(_KIND_OF_AREA.sub("", mention.name))
                text = text[: mention.start] + "□" * (end - mention.start) + text[end:]
        return text

    def _collect(self, talk: Sequence[Utterance]) -> _Reading:
        context = PlaceContext()
        reading = _Reading([], [], [])
        asked = False
        for number, said in enumerate(talk):
            mentions = self._mentions(said.text, context)
            if said.speaker is Speaker.OPERATOR:
                answer = next((u for u in talk[number + 1 :] if u.speaker is Speaker.CALLER), None)
                affirmed = (
                    answer is not None and bool(_YES.match(answer.text)) and "？" in said.text + "？"
                )
                if mentions and affirmed:
                    self._note(said, mentions, 1.5, reading)
                    context = context.heard(mentions, 2.0)
                elif mentions and _READS_BACK.search(said.text):
                    denied = answer is not None and bool(_NO.match(answer.text))
                    reading.areas += [] if denied else self._read_back(said, mentions)
                asked = bool(_ASKS_PLACE.search(said.text))
                continue
            weight = 1.0 + (2.0 if asked else 0.0) + (3.5 if _CORRECTS.search(said.text) else 0.0)
            self._note(said, mentions, weight, reading)
            context = context.heard(mentions)
            asked = False
        return reading

    def _mentions(self, text: str, context: PlaceContext) -> tuple[PlaceMention, ...]:
        key = (text, tuple(sorted(context.districts.items())))
        if key not in self._seen:
            if len(self._seen) > 4096:
                self._seen.clear()
            found = self._find(text, context)
            if not all(_sure(text, mention) for mention in found):
                found = _surer(text, found, self._find(text, context, misheard=False))
            self._seen[key] = tuple(m for m in found if not _elsewhere(text, m))
        return self._seen[key]

    def _note(
        self, said: Utterance, mentions: Sequence[PlaceMention], weight: float, reading: _Reading
    ) -> None:
        """Add what one utterance names."""
        text, area_end, taken = said.text, -1, 0
        for mention in mentions:
            lead = text[max(0, mention.start - 6) : mention.start]
            away = bool(_BOUND_FOR.search(lead) or _OTHERS.search(lead))
            span = Span(said, mention.start, mention.end)
            if mention.kind in (PlaceKind.DISTRICT, PlaceKind.STREET):
                taken_back = _taken_back(said.text, mention)
                loss = (1.5 if away else 0.0) + (2.0 if taken_back else 0.0)
                reading.areas.append((mention, span, weight - loss))
                area_end = mention.end
        stops = [m for m in mentions if m.kind in (PlaceKind.DISTRICT, PlaceKind.STREET)]
        for name in self._names(said, mentions, stops, weight > 1):
            if name.span.start < taken:
                continue
            taken = name.span.end
            reading.named.append(replace(name, weight=name.weight + weight))
        if area_end >= 0 or weight > 1 or reading.named:
            reading.houses += [
                Span(said, *found.span())
                for found in _HOUSE.finditer(text)
                if not _OTHERS.search(text[max(0, found.start() - 4) : found.start()])
            ]

    def _read_back(self, said: Utterance, mentions: Sequence[PlaceMention]) -> list[_Area]:
        """The areas an operator repeats: worth something where the caller's words told none."""
        return [
            (mention, Span(said, mention.start, mention.end), READ_BACK_ALONE)
            for mention in mentions
            if mention.kind in (PlaceKind.DISTRICT, PlaceKind.STREET)
            and not _BOUND_FOR.search(said.text[max(0, mention.start - 6) : mention.start])
            and not self._institution.match(said.text, mention.start)
        ]

    def _names(
        self,
        said: Utterance,
        mentions: Sequence[PlaceMention],
        areas: Sequence[PlaceMention],
        asked: bool,
    ) -> list[_Named]:
        """Named places of an utterance, known to the gazetteer or built like a name, first to last."""
        text = said.text
        found: list[_Named] = []
        ends = {_GLUE.match(text, m.end).end(): m for m in areas}  # type: ignore[union-attr]
        known = {m.start: m for m in mentions if m.kind in _NAMED_KINDS}
        starts = sorted({*ends, *known, *self._anchored(text)})
        for start in starts:
            if any(a.start <= start < a.end and not (start == a.start and _is_stem(a)) for a in areas):
                continue
            mention = known.get(start)
            built = _NAME.match(text, start)
            end = max(mention.end if mention else 0, built.end() if built else 0)
            for area in areas:
                if start < area.start < end and not (_is_stem(area) and mention is None):
                    end = mention.end if mention else area.start
            if end <= start or _NOT_PLACES.match(text[start:end]):
                continue
            if mention is None and start not in ends and not _trusted(text, start, end, asked):
                continue
            found.append(self._weighed(said, start, end, mention, start in ends))
        return found

    @staticmethod
    def _anchored(text: str) -> list[int]:
        marks = r"(?:住在?|家在|位于|地址是?|就在|是在|在|从|叫|小区是|我们是|^|[，,。 ])"
        starts = []
        for match in re.finditer(marks, text):
            lead = _LEADING.match(text[match.end() :])
            starts.append(match.end() + (lead.end() if lead else 0))
        return starts

    @staticmethod
    def _weighed(
        said: Utterance, start: int, end: int, mention: PlaceMention | None, follows_area: bool
    ) -> _Named:
        text = said.text
        weight = 0.5 if mention is None else 1.0
        lead = text[max(0, start - 8) : start]
        weight += 2.0 if follows_area else 0.0
        weight += 1.0 if _OWN_PLACE.search(lead) else 0.0
        weight -= 2.5 if _BOUND_FOR.search(lead) else 0.0
        weight -= 2.0 if _OTHERS.search(lead) else 0.0
        if mention is not None and mention.kind in (PlaceKind.STATION, PlaceKind.HOSPITAL):
            weight -= 0.5
        if detail := _DETAIL.match(text, end):
            weight += 1.0
            end = detail.end()
            inner = _NAME.match(text, end)
            more = _DETAIL.match(text, inner.end()) if inner else None
            end = more.end() if more else end
        end = start + len(text[start:end].rstrip("，, 、"))
        return _Named(text[start:end], Span(said, start, end), weight, mention)

    @staticmethod
    def _with_house(best: _Named, reading: _Reading) -> tuple[str, Proof]:
        """The place, with a house number that was said apart from it (``就在三号楼``)."""
        proof = best.span.proof("place.named")
        text = best.text
        if not re.search(rf"{NUMBER}{_DETAIL_UNIT}", text):
            for house in reading.houses:
                same = house.utterance is best.span.utterance
                if not same or house.start >= best.span.end:
                    text += house.text
                    proof = replace(
                        proof, rule="place.named-with-house", text=f"{best.text} {house.text}"
                    )
                    break
        return house_numbers(re.sub(r"[，, 、]", "", text)), proof

    def _areas(
        self, reading: _Reading, best: _Named | None, proofs: dict[str, Proof]
    ) -> tuple[str | None, str | None]:
        """District and street: what weighs most; a street settles its district."""
        areas = _consistent([area for area in reading.areas if area[2] > 0])
        districts = [a for a in areas if a[0].kind is PlaceKind.DISTRICT]
        streets = [a for a in areas if a[0].kind is PlaceKind.STREET and a[0].street]
        chosen = max(districts, key=lambda a: a[2], default=None)
        district = chosen[0].district if chosen else None
        fitting = [
            a for a in streets if district in (None, a[0].district) or district in a[0].districts
        ]
        top = max(fitting or ([] if chosen else streets), key=lambda a: a[2], default=None)
        street = _street_name(top[0]) if top else None
        if chosen:
            rule = "of-institution" if self._institution.match(*_from(chosen[1])) else "said"
            proofs["district"] = chosen[1].proof(f"place.district-{rule}")
        if top:
            proofs["street"] = top[1].proof("place.street-said")
            if district is None and top[0].district:
                district = top[0].district
                proofs["district"] = top[1].proof("place.district-of-street")
        if best is not None and best.mention is not None and best.weight > 0:
            known = best.mention
            if district is None and known.district:
                district = known.district
                proofs["district"] = best.span.proof("place.district-of-place")
            if street is None and known.street and known.district == district:
                street = known.street
                proofs["street"] = best.span.proof("place.street-of-place")
        return district, street

    def _institution_district(self, talk: Sequence[Utterance], proofs: dict[str, Proof]) -> str | None:
        for said in sorted(talk, key=lambda one: one.speaker is not Speaker.CALLER):
            if match := self._institution.search(said.text):
                proofs["district"] = Span(said, *match.span()).proof("place.district-of-institution")
                return f"{match['short']}区"
        return None


def _sure(text: str, mention: PlaceMention) -> bool:
    return mention.name == text[mention.start : mention.end] or mention.confidence >= SURE_BY_SOUND


def _surer(
    text: str, found: Sequence[PlaceMention], written: Sequence[PlaceMention]
) -> tuple[PlaceMention, ...]:
    """The sure mentions; in place of an unsure one what is written there: 金海湖 of 金海湖眷."""
    sure = [mention for mention in found if _sure(text, mention)]
    sure += [w for w in written if not any(w.start < m.end and m.start < w.end for m in sure)]
    return tuple(sorted(sure, key=lambda mention: mention.start))


def _consistent(areas: list[_Area]) -> list[_Area]:
    """The areas without those that only the operator named and that do not fit the caller's words."""
    of_caller = [area for area in areas if area[2] > READ_BACK_ALONE]
    told = {home for mention, _, _ in of_caller for home in mention.districts}
    return [area for area in areas if not told or area in of_caller or area[0].district in told]


def _elsewhere(text: str, mention: PlaceMention) -> bool:
    """Whether the name or the matter belongs to another city: 河北 alone, 天津和平区, 长春市朝阳区."""
    itself = _REGION.match(text, mention.start)
    lead = text[max(0, mention.start - 8) : mention.start]
    only_work = _WORKS_THERE.match(text, mention.end) and _REGION.search(text, 0, mention.start)
    return bool((itself and itself.end() >= mention.end) or _AFTER_A_REGION.search(lead) or only_work)


def _taken_back(text: str, mention: PlaceMention) -> bool:
    """Whether the caller corrects this district or street behind it, in the same utterance."""
    fix = _INNER_FIX.search(text, mention.end, mention.end + 12)
    return fix is not None and mention.kind is PlaceKind.STREET


def _from(span: Span) -> tuple[str, int]:
    return span.utterance.text, span.start


def _is_stem(mention: PlaceMention) -> bool:
    """Whether an area was named without its kind (长阳): it may begin a place's name (长阳半岛)."""
    official = mention.street or ""
    if official != mention.name and official.startswith(mention.name):
        return True  # 良乡 of 良乡地区
    return not mention.name.endswith(("街道", "镇", "乡", "地区", "区"))


def _street_name(mention: PlaceMention) -> str | None:
    """The street as said where that names a body (黄村镇), else its official name."""
    return mention.street if _is_stem(mention) else mention.name


def _trusted(text: str, start: int, end: int, asked: bool) -> bool:
    """Whether a name unknown to the gazetteer is safe: it has a house number or a strong ending."""
    words = text[start:end]
    if _DETAIL.match(text, end) and len(words) >= 3:
        return True
    return len(words) >= (3 if asked else 4) and bool(_SURE_ENDING.search(words))

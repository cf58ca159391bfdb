"""Learning from past tickets: it tells units apart, says why, learns at once, and its file is safe."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.dispatch.catalogue import bundled_catalogue
from app.dispatch.learning import CATEGORY_FILE, MODEL_FILE
from app.dispatch.learning.evaluation import calibration_error, coverage, figures
from app.dispatch.learning.examples import Examples, read_examples
from app.dispatch.learning.file import load_model, save_model
from app.dispatch.learning.matter import PracticeMatter, matter_in
from app.dispatch.learning.model import PracticeModel
from app.dispatch.learning.practice import PracticeVoter, practice_in
from app.dispatch.learning.returns import Return, ReturnMemory
from app.dispatch.learning.training import train
from app.dispatch.suggest import suggest_units
from app.domain.ticket import Handling, TicketContent
from app.intake.analyst import RuleAnalyst
from app.intake.dialogue import parse_dialogue
from knowledge_base.embedding import E5Embedder, Embedder
from resources.errors import UserError

_WHAT = {
    "市水务局": ("自来水管漏水", "家里停水", "水压太低", "水表坏了", "供水有异味"),
    "市交管局": ("红绿灯坏了", "违章停车", "路口堵车", "电动车被扣", "标线看不清"),
    "市教委": ("学校收费", "入学报名", "老师补课", "幼儿园招生", "校门口安全"),
}
_FILED = {
    "路灯不亮": "我家门前那根杆子夜里黑漆漆",
    "水表故障更换": "那个转盘转得飞快我不服",
    "犬只便溺": "楼道口天天一坨坨踩上一脚",
    "犬吠扰民": "邻家旺财半夜嗷嗷没完没了",
}
_WHERE = ("在小区门口", "从昨天晚上开始", "来电人希望尽快处理", "在路边", "咨询如何办理", "已经三天了")


@pytest.fixture(scope="module")
def past() -> Examples:
    rows = [
        (f"{where}{what}，{more}", unit)
        for unit, matters in _WHAT.items()
        for what in matters
        for where in _WHERE
        for more in _WHERE[:3]
    ]
    return Examples("unit", tuple(text for text, _ in rows), tuple(unit for _, unit in rows))


@pytest.fixture(scope="module")
def model(past: Examples) -> PracticeModel:
    return train(past)


def _first(model: PracticeModel, text: str) -> str:
    return model.predict(text).guesses[0].label


def test_it_knows_new_words_for_known_matters(model: PracticeModel) -> None:
    assert _first(model, "楼下自来水管一直漏水") == "市水务局"
    assert _first(model, "孩子幼儿园招生怎么报名") == "市教委"
    assert model.predict("家里停水了").sure


def test_probabilities_are_probabilities(model: PracticeModel) -> None:
    for text in ("停水", "", "\0\ud800", "?" * 100_000, "zzz 完全没见过的话"):
        guesses = model.predict(text).guesses
        assert sum(guess.probability for guess in guesses) == pytest.approx(1, abs=1e-4)
        assert {guess.label for guess in guesses} == set(_WHAT)


def test_a_text_of_unknown_words_is_not_sure(model: PracticeModel) -> None:
    assert not model.predict("zzz").sure


def test_it_says_which_words_and_tickets_speak_for_a_unit(model: PracticeModel) -> None:
    grounds = model.grounds("路口红绿灯坏了", "市交管局")
    assert grounds.agreeing == grounds.alike > 0
    assert any("红绿灯" in word or "路口" in word for word in grounds.words)


def test_a_correction_is_in_force_at_once_and_disturbs_little_else(model: PracticeModel) -> None:
    said = "校门口红绿灯坏了"
    assert _first(model, said) == "市交管局"
    taught = model.learn(said, "市教委")
    assert _first(taught, said) == "市教委"
    assert _first(taught, "家里停水") == "市水务局"
    assert _first(model, said) == "市交管局", "a lesson must not change a model that is being read"


def test_an_unknown_unit_can_be_taught(model: PracticeModel) -> None:
    taught = model.learn("小区里的广告牌松动", "市城管委")
    assert _first(taught, "小区里的广告牌松动") == "市城管委"


def test_an_objection_alone_lowers_the_unit(model: PracticeModel) -> None:
    said = "家里停水"
    before = model.predict(said).guesses[0]
    after = {g.label: g.probability for g in model.unlearn(said, before.label).predict(said).guesses}
    assert after[before.label] < before.probability / 2


def test_a_file_gives_back_the_same_answers_and_lessons_survive(
    model: PracticeModel, tmp_path: Path
) -> None:
    path = tmp_path / MODEL_FILE
    save_model(model, path)
    voter = practice_in(tmp_path)
    assert voter is not None
    assert _first(voter.model, "楼下水管漏水") == _first(model, "楼下水管漏水")
    voter.correct("楼下水管漏水", "物业")
    voter.keep()
    assert _first(load_model(path), "楼下水管漏水") == "物业"
    assert [file.name for file in tmp_path.iterdir()] == [MODEL_FILE]


def test_meaning_helps_where_no_word_is_shared_and_is_asked_for_again(tmp_path: Path) -> None:
    try:
        embedder = E5Embedder()
    except UserError as error:
        pytest.skip(f"no sentence embeddings here: {error.code}")
    texts = ("自来水管爆了", "家里停水一天", "水压太小", "学校乱收费", "孩子入学报名", "老师办补习班")
    past = Examples("unit", texts, ("水务",) * 3 + ("教委",) * 3, ("供水",) * 3 + ("教育",) * 3)
    save_model(train(past, embedder), tmp_path / MODEL_FILE)
    model = load_model(tmp_path / MODEL_FILE, lambda: embedder)
    assert _first(model, "幼儿园什么时候开始招生") == "教委"
    taught = model.learn("幼儿园什么时候开始招生", "街道")
    save_model(taught, tmp_path / MODEL_FILE)
    assert (
        _first(load_model(tmp_path / MODEL_FILE, lambda: embedder), "幼儿园什么时候开始招生") == "街道"
    )

    def missing() -> Embedder:
        raise UserError("MEANING_UNAVAILABLE", detail="not installed")

    with pytest.raises(UserError, match="PRACTICE_NEEDS_MEANING"):
        load_model(tmp_path / MODEL_FILE, missing)


def test_no_model_no_voter(tmp_path: Path) -> None:
    assert practice_in(tmp_path) is None


def _repack(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def _array(values: object, **kinds: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.array(values, **kinds), allow_pickle=True)  # type: ignore[call-overload]
    return out.getvalue()


class _Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return (Path.touch, (Path(self.path),))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update({"prior.npy": _array([_Trap("trapped")], dtype=object)}),
        lambda m: m.update({"went.npy": _array([999_999] * 10, dtype=np.int32)}),
        lambda m: m.update({"past_columns.npy": _array([-5], dtype=np.int32)}),
        lambda m: m.update({"pull.npy": _array(np.full((3, 3), np.nan), dtype=np.float16)}),
        lambda m: m.update({"header.npy": _array(list(b"{}"), dtype=np.uint8)}),
        lambda m: m.update({"header.npy": _array(list(b"\xff["), dtype=np.uint8)}),
        lambda m: m.update({"../../evil.npy": b""}),
        lambda m: m.pop("terms.npy"),
        lambda m: m.update({"terms.npy": b"\x93NUMPY" + b"\xff" * 20}),
        lambda m: m.update({"rarity.npy": b"\0" * 151_000_000}),
    ],
    ids=[
        "pickle",
        "positions",
        "negative",
        "nan",
        "foreign-header",
        "bad-header",
        "extra",
        "missing",
        "torn",
        "bomb",
    ],
)
def test_a_hostile_file_is_refused_in_words(
    change: Callable[[dict[str, bytes]], object],
    model: PracticeModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / MODEL_FILE
    save_model(model, path)
    _repack(path, change)
    with pytest.raises(UserError) as caught:
        load_model(path)
    assert caught.value.code == "PRACTICE_DAMAGED"
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a model", b"\x80\x04K\x01."])
def test_any_other_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(content)
    with pytest.raises(UserError, match="PRACTICE_DAMAGED"):
        practice_in(tmp_path)


def test_a_model_of_categories_does_not_vote_for_units(past: Examples, tmp_path: Path) -> None:
    save_model(train(Examples("category", past.texts, past.labels)), tmp_path / MODEL_FILE)
    with pytest.raises(UserError, match="PRACTICE_DAMAGED"):
        practice_in(tmp_path)


def test_a_model_of_categories_places_what_the_rules_cannot(tmp_path: Path) -> None:
    items = {item.name: item for item in bundled_catalogue().items}
    texts, labels = zip(
        *(
            (f"{where}{said}，{more}", items[name].code if name == "路灯不亮" else name)
            for name, said in _FILED.items()
            for where in _WHERE
            for more in _WHERE
        ),
        strict=True,
    )
    save_model(train(Examples("category", texts, labels)), tmp_path / CATEGORY_FILE)
    matter = matter_in(tmp_path)
    assert matter is not None

    def filed(words: str, learnt: PracticeMatter | None = matter) -> TicketContent:
        analyst = RuleAnalyst(learnt=learnt.propose if learnt else None)
        return analyst.analyse(parse_dialogue(words)).tickets[0]

    for name, said in _FILED.items():
        assert filed(said, None).category is None
        proof = filed(said).proof["category"]
        assert filed(said).category == items[name].category
        assert f"归为“{name}”" in proof.rule
        assert proof.text
        assert proof.text in said
    certain = filed("朝阳区望京街道花家地西里停水了，什么时候来水？")
    assert certain.proof["category"].rule.startswith("catalogue.")
    assert filed("我想说说别的事情，请你们听听。").category is None


def test_practice_joins_the_rules_with_its_reason(model: PracticeModel) -> None:
    voter = PracticeVoter(model)
    units = suggest_units(None, "朝阳区", None, text="楼下自来水管漏水", voters=[voter])
    assert units[0].name == "市水务局"
    assert "往期工单" in units[0].reasons[0]


def test_where_the_law_speaks_practice_is_silent(model: PracticeModel) -> None:
    for handling in (Handling.EMERGENCY, Handling.DUAL_DISPATCH, Handling.OTHER_CHANNEL):
        given = {"handling": handling, "text": "家里停水", "emergency_line": "119"}
        rules = suggest_units(None, "朝阳区", None, **given)
        assert suggest_units(None, "朝阳区", None, **given, voters=[PracticeVoter(model)]) == rules


def test_returns_are_remembered_with_their_story() -> None:
    item = bundled_catalogue().items[0]
    one = Return(item.code, "望京街道办事处", "非产权单位", "区园林绿化局", "朝阳区")
    memory = ReturnMemory((one,))
    plain = suggest_units(item, "朝阳区", None)
    assert suggest_units(item, "朝阳区", None, voters=[memory]) == plain, "one may be a mistake"
    memory = memory.with_returns([one, one])
    told = {u.name: u for u in suggest_units(item, "朝阳区", None, voters=[memory])}
    reason = told["区园林绿化局"].reasons[0]
    assert "3 次" in reason
    assert "望京街道办事处" in reason
    assert "非产权单位" in reason
    elsewhere = suggest_units(item, "海淀区", None, voters=[memory])
    assert "区园林绿化局" not in {unit.name for unit in elsewhere}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "LEARNING_COLUMNS"),
        (b"text,kind\na,b\n", "LEARNING_COLUMNS"),
        (b"text,unit\n", "LEARNING_EMPTY"),
        (b"text,unit\nabc,\n,X\n  , \n", "LEARNING_EMPTY"),
        (b"text,unit\n\xff\xff\xff,\xff\n", "LEARNING_ENCODING"),
        (b"text,unit\na\0b,c\n", "LEARNING_ENCODING"),
        (b'text,unit\n"' + b"x" * 300_000, "LEARNING_ROW"),
        (b'text,unit\n"a"b,c\n', "LEARNING_ROW"),
    ],
)
def test_a_broken_table_is_refused_in_words(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_examples(path, "unit")
    assert caught.value.code == code
    assert str(path) in caught.value.message("zh")


def test_tables_in_either_encoding_are_read_and_gaps_counted(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("text,unit,x\n家里停水,市水务局,1\n没有单位,\n短行\n".encode(encoding))
        examples = read_examples(path, "unit")
        assert (examples.texts, examples.labels, examples.skipped) == (("家里停水",), ("市水务局",), 2)


def test_one_label_cannot_be_learnt() -> None:
    with pytest.raises(UserError, match="LEARNING_ONE_LABEL"):
        train(Examples("unit", ("停水", "漏水"), ("甲", "甲")))


def test_two_tickets_are_enough_to_begin() -> None:
    assert _first(train(Examples("unit", ("家里停水", "学校收费"), ("甲", "乙"))), "停水") == "甲"


def test_figures_are_what_their_names_say() -> None:
    chances = np.array([[0.9, 0.1, 0], [0.6, 0.3, 0.1], [0.2, 0.3, 0.5]], np.float32)
    found = figures(chances, [0, 1, -1])
    assert (found["top1"], found["top3"]) == (round(1 / 3, 4), round(2 / 3, 4))
    right = np.array([True, True, False, False])
    top = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    assert coverage(top, right) == 0.5
    assert calibration_error(np.array([0.75] * 4, np.float32), right) == pytest.approx(0.25)


def test_train_and_evaluate_from_the_command_line(past: Examples, tmp_path: Path) -> None:
    table = tmp_path / "past.csv"
    rows = (f"{text},{unit}" for text, unit in zip(past.texts, past.labels, strict=True))
    table.write_text("text,unit\n" + "\n".join(rows), encoding="utf-8")
    main = Path(__file__).parents[2] / "main.py"

    def run(*words: str) -> dict[str, float]:
        command = [
            sys.executable,
            str(main),
            "dispatch",
            *words,
            "--train",
            str(table),
            "--json",
            "--words-only",
        ]
        seat = ["--data-dir", str(tmp_path / "seat")]
        done = subprocess.run([*command, *seat], capture_output=True, text=True, check=True, timeout=90)
        answer: dict[str, float] = json.loads(done.stdout)
        return answer

    assert run("train")["rows"] == len(past)
    assert practice_in(tmp_path / "seat") is not None
    found = run("evaluate", "--test", str(table), "--label", "unit")
    assert found["top1"] > 0.95
    wanted = {"top1", "top3", "top5", "ece", "coverage_at_95", "fit_seconds", "p95_ms", "model_mb"}
    assert wanted <= set(found)

"""A key on paper opens the data again where the keyring has forgotten them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.keys import open_master_key
from app.security.printed_key import new_printed_key, seal, unseal
from app.security.recovery import make_recovery_key, open_recovery, recover
from resources.errors import UserError


@pytest.fixture(autouse=True)
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a keyring."""
    monkeypatch.setenv("JIESU_KEYRING", "off")


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(UserError) as failure:
        work()
    assert failure.value.message("zh")
    return failure.value.code


@pytest.mark.parametrize("harm", ["gone", "broken", "of another directory"])
def test_the_paper_brings_the_key_back(tmp_path: Path, harm: str) -> None:
    data = tmp_path / "seat"
    key = open_master_key(data)
    printed = make_recovery_key(data, key)
    file = data / "key"
    if harm == "gone":
        file.unlink()
    elif harm == "broken":
        file.write_text("{")
    else:
        open_master_key(tmp_path / "other")
        file.write_bytes((tmp_path / "other" / "key").read_bytes())
    assert recover(data, printed).secret == key.secret
    assert open_master_key(data).secret == key.secret


def test_only_the_newest_paper_works(tmp_path: Path) -> None:
    key = open_master_key(tmp_path)
    old, new = make_recovery_key(tmp_path, key), make_recovery_key(tmp_path, key)
    assert code_of(lambda: recover(tmp_path, old)) == "PRINTED_KEY_WRONG"
    assert open_recovery(tmp_path, new) == (key.id, key.secret)
    assert key.secret.hex() not in (tmp_path / "recovery").read_text()


def test_slips_of_the_pen_are_told_or_forgiven(tmp_path: Path) -> None:
    printed = make_recovery_key(tmp_path, open_master_key(tmp_path))
    careless = printed.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in printed)
    assert open_recovery(tmp_path, careless) == open_recovery(tmp_path, wide)
    wrong = ("Z" if printed[0] != "Z" else "Y") + printed[1:]
    for typed in (wrong, printed[:-1], "", "六六", printed + "A", "\0" * 40):
        assert code_of(lambda typed=typed: open_recovery(tmp_path, typed)) == "PRINTED_KEY_MISTYPED"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": "x"}', '{"id": "x", "wrapped": 7}'])
def test_a_broken_recovery_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "recovery").write_text(content)
    assert code_of(lambda: recover(tmp_path, new_printed_key())) == "RECOVERY_BROKEN"
    (tmp_path / "recovery").unlink()
    assert code_of(lambda: recover(tmp_path, new_printed_key())) == "RECOVERY_MISSING"


def test_a_short_wrapped_key_is_refused(tmp_path: Path) -> None:
    printed = new_printed_key()
    record = {"id": "x", "wrapped": seal(printed, "recovery", b"short").hex()}
    (tmp_path / "recovery").write_text(json.dumps(record))
    assert code_of(lambda: recover(tmp_path, printed)) == "RECOVERY_BROKEN"


@given(st.binary(max_size=200), st.integers(0, 500))
def test_what_was_sealed_comes_back_whole_or_not_at_all(content: bytes, at: int) -> None:
    printed = new_printed_key()
    sealed = bytearray(seal(printed, "test", content))
    assert unseal(printed, "test", bytes(sealed)) == content
    sealed[at % len(sealed)] ^= 1
    assert code_of(lambda: unseal(printed, "test", bytes(sealed))) == "PRINTED_KEY_WRONG"
    assert code_of(lambda: unseal(printed, "other", bytes(sealed))) == "PRINTED_KEY_WRONG"

"""A model in an archive as a publisher packs it, and the code of a refusal."""

from __future__ import annotations

import io
import zipfile

import pytest

from resources.errors import UserError
from resources.texts import LANGUAGES

FILES = {"am/final.mdl": b"m" * 300_000, "conf/model.conf": b"--beam=13\n", "README": "说明".encode()}


def zipped(files: dict[str, bytes], top: str = "vosk-model/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return out.getvalue()


def code(raised: pytest.ExceptionInfo[UserError]) -> str:
    for language in LANGUAGES:
        assert "{" not in raised.value.message(language)
    return raised.value.code

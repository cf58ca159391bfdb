"""Fetch a model archive over a bad line, and unpack it without trusting it."""

from __future__ import annotations

import hashlib
import logging
import lzma
import shutil
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import httpx

from resources.errors import UserError

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all or 0 when unknown); what it raises ends the work."""

_PART = 1 << 18
_MOST_FILES = 10_000
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, RuntimeError, ValueError, FileExistsError, NotADirectoryError),
)
"""What a damaged or hostile archive makes the libraries raise."""


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(
    url: str, target: Path, progress: Progress, limit: int, attempts: int = 5, pause_s: float = 1.0
) -> None:
    """Fetch ``url`` into ``target``, going on where an earlier attempt stopped.

    A broken line is tried again ``attempts`` times in a row without progress. At most ``limit``
    bytes are taken. Raises ``UserError("MODEL_DOWNLOAD_FAILED")``; what came so far is kept.
    """
    failed = 0
    while True:
        had = target.stat().st_size if target.exists() else 0
        try:
            _fetch(url, target, had, progress, limit)
            return
        except (httpx.HTTPError, OSError) as error:
            now = target.stat().st_size if target.exists() else 0
            failed = 0 if now > had else failed + 1
            log.info("download of %s broke off at %d bytes: %r", url, now, error)
            refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
            if failed >= attempts or refused:
                detail = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise UserError("MODEL_DOWNLOAD_FAILED", url=url, done=now, detail=detail) from error
            time.sleep(pause_s * failed)


def _fetch(url: str, target: Path, had: int, progress: Progress, limit: int) -> None:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    timeout = httpx.Timeout(30.0, connect=15.0)
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=timeout) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if answer.headers.get("Content-Range", "") == f"bytes */{had}":
                return
            target.unlink()
            raise httpx.TransportError("the archive on the server has changed; starting again")
        answer.raise_for_status()
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {had}-"):
            target.unlink()
            raise httpx.TransportError("the server sent another part than asked for; starting again")
        done = had if resumed else 0
        total = done + int(answer.headers.get("Content-Length", 0))
        if total > limit:
            raise UserError("MODEL_TOO_BIG", name=url, limit=limit)
        with target.open("ab" if resumed else "wb") as file:
            for part in answer.iter_raw():
                done += len(part)
                if done > limit:
                    raise UserError("MODEL_TOO_BIG", name=url, limit=limit)
                file.write(part)
                progress(done, total)
        if total and done < total:
            raise httpx.TransportError(f"{total - done} bytes are missing")


def unpack(archive: Path, into: Path, limit: int) -> None:
    """Unpack a zip or a tar into the new folder ``into``; a single top folder is left out.

    Nothing is left there when a member is absolute, climbs out, is a link or anything but a plain
    file, when there are too many, or when they declare more than ``limit`` bytes; a member that
    turns out longer than it declared is refused too. Raises ``UserError("MODEL_UNSAFE_ARCHIVE")``.
    """
    try:
        if tarfile.is_tarfile(archive):
            _unpack_tar(archive, into, limit)
        else:
            _unpack_zip(archive, into, limit)
    except _BROKEN as error:
        shutil.rmtree(into, ignore_errors=True)
        raise UserError("MODEL_UNSAFE_ARCHIVE", archive=archive, detail=error) from error
    except UserError:
        shutil.rmtree(into, ignore_errors=True)
        raise


def _unpack_tar(archive: Path, into: Path, limit: int) -> None:
    """In one go: a compressed tar has no list of its members to look at first."""
    into.mkdir(parents=True)
    total = count = 0
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isdir() and member.name in (".", "./"):
                continue
            path = _safe_path(member.name, member.isreg() or member.isdir(), archive)
            total, count = total + member.size, count + 1
            if total > limit or count > _MOST_FILES:
                raise UserError("MODEL_UNSAFE_ARCHIVE", archive=archive, detail="too big")
            content = packed.extractfile(member)
            if content is None:
                continue
            target = into.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("xb") as out:
                _copy(content.read, out.write, member.size, archive)
    inside = list(into.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        top = into.with_name(into.name + ".top")
        inside[0].rename(top)
        into.rmdir()
        top.rename(into)


def _unpack_zip(archive: Path, into: Path, limit: int) -> None:
    with zipfile.ZipFile(archive) as zipped:
        members = [(info, _safe_zip_path(info, archive)) for info in zipped.infolist()]
        files = [(info, path) for info, path in members if not info.is_dir()]
        declared = sum(info.file_size for info, _path in files)
        if declared > limit or len(files) > _MOST_FILES:
            raise UserError("MODEL_UNSAFE_ARCHIVE", archive=archive, detail="too big")
        tops = {path.parts[0] for _info, path in files}
        strip = 1 if len(tops) == 1 and all(len(path.parts) > 1 for _info, path in files) else 0
        into.mkdir(parents=True)
        for info, path in files:
            target = into.joinpath(*path.parts[strip:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipped.open(info) as source, target.open("xb") as out:
                _copy(source.read, out.write, info.file_size, archive)


def _safe_zip_path(info: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    kind = stat.S_IFMT(info.external_attr >> 16)
    return _safe_path(info.filename, kind in (0, stat.S_IFREG, stat.S_IFDIR), archive)


def _safe_path(name: str, plain: bool, archive: Path) -> PurePosixPath:
    """Where a member goes; ``plain`` = it is a file or folder, nothing else."""
    path = PurePosixPath(name)
    unsafe = (
        not plain
        or not path.parts
        or path.is_absolute()
        or ".." in path.parts
        or any(character in name for character in "\\:\0")
    )
    if unsafe:
        raise UserError("MODEL_UNSAFE_ARCHIVE", archive=archive, detail=repr(name))
    return path


def _copy(
    read: Callable[[int], bytes], write: Callable[[bytes], object], size: int, archive: Path
) -> None:
    left = size
    while part := read(_PART):
        left -= len(part)
        if left < 0:
            raise UserError("MODEL_UNSAFE_ARCHIVE", archive=archive, detail="longer than declared")
        write(part)


def replace_folder(new: Path, place: Path) -> None:
    """Put the finished folder ``new`` at ``place``; whatever stood there goes last."""
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)

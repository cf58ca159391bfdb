"""A PostgreSQL of its own for a benchmark or a test run: the system's packages, an empty cluster."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_INSTALLED = "/usr/lib/postgresql"
_OWNER = "postgres"


class NoPostgresError(RuntimeError):
    """There is no PostgreSQL to start here; the text says why."""


@contextmanager
def running_postgres(*, durable: bool) -> Iterator[str]:
    """Start a cluster on loopback; its address without a database. It is removed in the end.

    ``durable`` makes a commit wait for the disk, as a centre's does. Raises ``NoPostgresError``.
    """
    binaries = sorted(Path(_INSTALLED).glob("*/bin/initdb"))
    if not binaries:
        raise NoPostgresError(f"no server under {_INSTALLED}/*/bin (package `postgresql`)")
    bin_dir, folder = binaries[-1].parent, Path(tempfile.mkdtemp(prefix="jiesu-pg-"))
    try:
        if os.getuid() == 0:
            _give_away(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        data = folder / "data"
        _as_owner(bin_dir / "initdb", "-D", data, "-U", "jiesu", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        if not durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        _as_owner(bin_dir / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start")
        try:
            yield f"postgresql://jiesu@127.0.0.1:{port}"
        finally:
            _as_owner(bin_dir / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crash_postgres(cluster: str) -> None:
    """Let a cluster die as when its machine does, and start it again: it recovers from its log."""
    with psycopg.connect(f"{cluster}/postgres") as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    data, binary = Path(row[0]), sorted(Path(_INSTALLED).glob("*/bin/pg_ctl"))[-1]
    _as_owner(binary, "-D", data, "-m", "immediate", "-w", "-l", data.parent / "log", "restart")


def new_database(cluster: str) -> str:
    """The address of an empty database in a cluster."""
    name = f"centre_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
    return f"{cluster}/{name}"


def _give_away(folder: Path) -> None:
    import pwd  # POSIX only, like the paths above

    try:
        owner = pwd.getpwnam(_OWNER)
    except KeyError:
        raise NoPostgresError(f"PostgreSQL refuses to run as root, and no user `{_OWNER}`") from None
    os.chown(folder, owner.pw_uid, owner.pw_gid)


def _as_owner(*command: object) -> None:
    words = [str(word) for word in command]
    if os.getuid() == 0:
        words = ["runuser", "-u", _OWNER, "--", *words]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode != 0:
        raise NoPostgresError(done.stderr + done.stdout)

"""Servers for the wrong end of the wire: scripted answers, and a link that loses answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answerer = Callable[[bytes], bytes | None]


def read_message(stream: socket.socket) -> bytes:
    """One HTTP message with its body; what there is when the other end closes."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = stream.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        chunk = stream.recv(65536)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


@contextmanager
def answering(answer: Answerer) -> Iterator[str]:
    """A server that answers each request with the bytes of ``answer``; ``None`` only closes."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(stream: socket.socket) -> None:
        with stream:
            try:
                while request := read_message(stream):
                    reply = answer(request)
                    if reply is None:
                        return
                    stream.sendall(reply)
                    if b"connection: close" in reply.lower():
                        return
            except OSError:  # the seat has gone away
                return

    def accept() -> None:
        while True:
            try:
                stream, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(stream,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        acceptor.join(10)
        for thread in threads:
            thread.join(10)


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An HTTP answer that closes the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def forward(port: int, request: bytes) -> bytes:
    """The answer of the server on ``port``."""
    with socket.create_connection(("127.0.0.1", port), 20) as upstream:
        upstream.sendall(request)
        return read_message(upstream)

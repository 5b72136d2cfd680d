"""Web servers on this machine that serve files, and misbehave as they are told to."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

Answer = Callable[["Asked", socket.socket], None]


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]

    @property
    def start(self) -> int:
        return int(self.headers.get("range", "bytes=0-")[6:].split("-")[0])


@dataclass
class WebServer:
    """Answers each path as told; every connection is for one request."""

    port: int
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, path: str, *answers: Answer) -> str:
        """Answer the path with each in turn, and then always with the last."""
        self.answers[path] = list(answers)
        return f"{self.url}{path}"

    def answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := connection.recv(65536)):
                    return
                head += part
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            asked = Asked(first.split(" ")[1], headers)
            self.asked.append(asked)
            told = self.answers.get(asked.path, [status(404)])
            (told.pop(0) if len(told) > 1 else told[0])(asked, connection)


@contextmanager
def web_server(tls: SSLContext | None = None) -> Iterator[WebServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = WebServer(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with suppress(OSError):
                    server.answer(tls.wrap_socket(connection, server_side=True) if tls else connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def file(
    content: bytes, *, cut_after: int | None = None, tag: str | None = None, ranges: bool = True
) -> Answer:
    """Serve a file as servers do; cut the line after so many bytes of the body."""
    name = etag(content) if tag is None else tag

    def answer(asked: Asked, line: socket.socket) -> None:
        start = asked.start if ranges and asked.headers.get("if-range", name) == name else 0
        body = content[start:]
        extra = f"ETag: {name}\r\n" if name else ""
        if start:
            extra += f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}\r\n"
        send(line, 206 if start else 200, body, extra=extra, cut_after=cut_after)

    return answer


def status(code: int, extra: str = "") -> Answer:
    return lambda asked, line: send(line, code, b"", extra=extra)


def moved(to: str) -> Answer:
    return status(302, f"Location: {to}\r\n")


def raw(answer: bytes) -> Answer:
    return lambda asked, line: line.sendall(answer)


def send(
    line: socket.socket, code: int, body: bytes, *, extra: str = "", cut_after: int | None = None
) -> None:
    head = f"HTTP/1.1 {code} X\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n"
    line.sendall(head.encode() + (body if cut_after is None else body[:cut_after]))

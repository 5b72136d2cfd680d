"""Download one file over HTTP: counted and hashed as it comes, and taken up again after a cut."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import BinaryIO

import httpx

from bot.release.sources.connecting import ForbiddenAddress, server_of
from bot.release.sources.errors import SourceRefused, SourceUnavailable
from bot.release.sources.intake import Intake

CHUNK = 1 << 20
"""Bytes that are written at once."""
MOVES = 5
"""How often a request follows to another address."""
TRIES = 4
"""How often in a row a download may break off without having come further."""
BEGUN = 10
"""How often a download may begin from the start, since what is there changes on and on."""
FURTHER = 1 << 20
"""Bytes a try has to bring for the count of tries to begin again."""
GRACE = 60.0
SLOWEST = 10_000
"""Bytes per second below which, after ``GRACE`` seconds, a download counts as broken off."""

_MOVED = (301, 302, 303, 307, 308)
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")
_PASSING = (408, 425, 429)


Headers = Callable[[], Awaitable[Mapping[str, str]]]


async def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Wanted:
    """Ask for what is at an address.

    ``headers`` go to the server of ``url`` and to no other; they are asked for at every try, since a token in
    them may have expired meanwhile. ``sha256`` is what it has to be, where that is known. ``called`` is what
    people are told of.
    """

    url: str
    called: str
    headers: Headers = field(default=_no_headers, repr=False)
    sha256: str | None = None


class Downloader:
    """Downloads files with ``http``, from addresses of which ``allows`` says that they may be asked."""

    def __init__(self, http: httpx.AsyncClient, allows: Callable[[str], bool]) -> None:
        self._http = http
        self._allows = allows

    async def fetch(self, wanted: Wanted, target: Path, intake: Intake) -> str:
        """Write the file to ``target`` and give its SHA-256.

        Raises:
            SourceUnavailable: the server could not be reached, or broke off again and again.
            SourceRefused: it will not give the file, or not what was asked for.
        """
        with await asyncio.to_thread(target.open, "w+b") as out:
            coming = _Coming(out, intake)
            tries = 0
            while not coming.is_whole:
                begun, size = coming.begun, coming.size
                try:
                    await self._go_on(wanted, coming)
                except (httpx.TransportError, _BrokenOff) as error:
                    came_further = coming.begun == begun and coming.size - size >= FURTHER
                    tries = 1 if came_further else tries + 1
                    if tries >= TRIES or coming.begun >= BEGUN:
                        raise SourceUnavailable(
                            f"{wanted.called} could not be fetched: the connection broke off."
                        ) from error
        found = coming.hashed.hexdigest()
        if wanted.sha256 is not None and found != wanted.sha256:
            raise SourceRefused(
                f"{wanted.called} has the SHA-256 {found}, not {wanted.sha256}.",
                "Look at what changed it, and put the right file or the right SHA-256 there.",
            )
        return found

    async def _go_on(self, wanted: Wanted, coming: _Coming) -> None:
        """Fetch what is still missing, or all of it again where it is not known to be the same."""
        asked = {"accept-encoding": "identity"}
        if coming.size and coming.etag:
            asked |= {"range": f"bytes={coming.size}-", "if-range": coming.etag}
        async with self._opened(wanted, asked) as answer:
            _refuse_status(answer, wanted)
            if not coming.goes_on_with(answer):
                await coming.begin_again(answer)
            _refuse_unclear(answer, wanted)
            await coming.read(answer)

    @asynccontextmanager
    async def _opened(self, wanted: Wanted, asked: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Ask, and follow to where it is, looking at each address anew."""
        url = home = httpx.URL(wanted.url)
        headers = await wanted.headers()
        for _ in range(MOVES + 1):
            ours = headers if (url.scheme, server_of(url)) == (home.scheme, server_of(home)) else {}
            answer = await self._ask(url, {**ours, **asked}, wanted.called)
            try:
                if answer.status_code not in _MOVED or "location" not in answer.headers:
                    yield answer
                    return
                url = url.join(answer.headers["location"])
            except httpx.InvalidURL as error:
                raise SourceRefused(f"{wanted.called} leads to an address that cannot be asked.") from error
            finally:
                await answer.aclose()
        raise SourceUnavailable(f"{wanted.called} sends a request in a circle.")

    async def _ask(self, url: httpx.URL, headers: Mapping[str, str], called: str) -> httpx.Response:
        """Ask one address, if it may be asked; raises httpx's errors for what may pass."""
        if not self._allows(str(url)):
            raise SourceRefused(
                f"{called} is at {url.scheme}://{url.host}, which is no place to fetch from.",
                "Ask the operator to allow that place, or keep the files elsewhere.",
            )
        request = self._http.build_request("GET", url, headers=headers)
        try:
            return await self._http.send(request, stream=True, follow_redirects=False)
        except ForbiddenAddress as error:
            raise SourceRefused(
                f"{called} cannot be fetched: {error}.",
                "Keep the files on a public server, or ask the operator to allow that network.",
            ) from error
        except httpx.ConnectError as error:
            if not _is_untrusted(error):
                raise
            raise SourceRefused(
                f"{called} cannot be fetched: the certificate of {url.host} does not prove its name.",
                "Give the server a certificate that its users trust.",
            ) from error


class _BrokenOff(Exception):
    """Less arrived than was announced, or too slowly."""


class _Coming:
    """A file on its way: what is there of it, what the server calls its state, how often it was begun."""

    def __init__(self, out: BinaryIO, intake: Intake) -> None:
        self.begun = 0
        self.size = 0
        self.hashed = hashlib.sha256()
        self.etag: str | None = None
        self.is_whole = False
        self._out = out
        self._intake = intake
        self._total: int | None = None

    def goes_on_with(self, answer: httpx.Response) -> bool:
        """Tell whether an answer is the rest of the same content."""
        said = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        return bool(
            answer.status_code == 206
            and self.etag is not None
            and said
            and int(said[1]) == self.size
            and self._total in (None, int(said[2]))
            and answer.headers.get("etag") == self.etag
        )

    async def begin_again(self, answer: httpx.Response) -> None:
        """Forget what is there, for what comes may be of another state."""
        self._intake.give_back(self.size)
        self.begun += 1
        self.size, self.hashed = 0, hashlib.sha256()
        await asyncio.to_thread(self._empty)
        self.etag = None
        if answer.status_code != 200:
            raise _BrokenOff
        etag = answer.headers.get("etag", "")
        # A weak one may stand for other bytes, and what is not ASCII cannot be sent back.
        self.etag = etag if etag.startswith('"') and etag.isascii() else None
        length = answer.headers.get("content-length", "")
        self._total = int(length) if length.isdecimal() else None
        if self._total is not None and self._total > self._intake.left:
            self._intake.take(self._total)

    async def read(self, answer: httpx.Response) -> None:
        """Write what arrives, beside the event loop."""
        clock = asyncio.get_running_loop().time
        begun, came = clock(), 0
        arrived = bytearray()
        try:
            async for chunk in answer.aiter_raw():
                self._intake.take(len(chunk))
                arrived += chunk
                came += len(chunk)
                if len(arrived) >= CHUNK:
                    await asyncio.to_thread(self._append, arrived)
                took = clock() - begun
                if took > GRACE and came / took < SLOWEST:
                    raise _BrokenOff
        finally:
            # Also what came before a cut, for the next try goes on from there.
            await asyncio.to_thread(self._append, arrived)
        if self._total is not None and self.size != self._total:
            raise _BrokenOff
        self.is_whole = True

    def _append(self, arrived: bytearray) -> None:
        self.hashed.update(arrived)
        self._out.write(arrived)
        self.size += len(arrived)
        arrived.clear()

    def _empty(self) -> None:
        self._out.seek(0)
        self._out.truncate()


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _refuse_unclear(answer: httpx.Response, wanted: Wanted) -> None:
    """Refuse an answer whose end cannot be told from a cut, and one that is not the file itself."""
    ends = "content-length" in answer.headers or "chunked" in answer.headers.get("transfer-encoding", "")
    if not ends or answer.headers.get("content-encoding", "identity") != "identity":
        raise SourceRefused(
            f"{wanted.called} is sent compressed, or without its length, so that a part could pass for it.",
            "Serve it as a plain file.",
        )


def _refuse_status(answer: httpx.Response, wanted: Wanted) -> None:
    status = answer.status_code
    if status in (200, 206, 416):  # the last when the file became shorter than what is there of it
        return
    if status in _PASSING or status >= 500:
        raise SourceUnavailable(f"{wanted.called} could not be fetched: the server answered {status}.")
    raise SourceRefused(
        f"{wanted.called} could not be fetched: the server answered {status}.",
        "Check source in the manifest, and that this service may read it.",
    )

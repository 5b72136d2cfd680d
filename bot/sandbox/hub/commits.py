"""Read a commit request (newline-delimited JSON) and work out the files it leaves behind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.hub.errors import HubError, bad_request, entry_not_found
from bot.sandbox.hub.largefiles import Pointer, valid_oid
from bot.sandbox.hub.repository import Repo
from bot.sandbox.hub.wire import read_json

PATH_LIMIT = 1024
"""Characters in a path."""


@dataclass(frozen=True)
class AddFile:
    """A file whose content stands in the request."""

    path: str
    content: bytes


@dataclass(frozen=True)
class AddLargeFile:
    """A file uploaded before, or copied when ``size`` (bytes) is left out."""

    path: str
    sha256: str
    size: int | None


@dataclass(frozen=True)
class Delete:
    """A file or a folder to remove."""

    path: str
    folder: bool


Operation = AddFile | AddLargeFile | Delete


@dataclass(frozen=True)
class CommitRequest:
    """One commit somebody wants to make."""

    summary: str
    description: str
    parent: str | None
    operations: tuple[Operation, ...]

    @property
    def message(self) -> str:
        """Give the whole commit message."""
        return f"{self.summary}\n\n{self.description}".rstrip()


def parse(body: bytes) -> CommitRequest:
    """Read a request: a header line, then one line per operation. Raises HubError (400)."""
    header: Mapping[str, object] | None = None
    operations: list[Operation] = []
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        key, value = _line(line, number)
        if key == "header":
            header = value
        else:
            operations.append(_operation(key, value, number))
    if header is None or not isinstance(header.get("summary"), str) or not str(header["summary"]).strip():
        raise bad_request("The commit needs a header with a summary")
    parent = header.get("parentCommit")
    if parent is not None and not isinstance(parent, str):
        raise bad_request("parentCommit must be a commit id")
    description = header.get("description")
    return CommitRequest(
        str(header["summary"]).strip(), str(description or "").strip(), parent, tuple(operations)
    )


def _line(line: bytes, number: int) -> tuple[str, Mapping[str, object]]:
    parsed = read_json(line, f"Line {number}")
    if not isinstance(parsed, dict) or not isinstance(parsed.get("value"), dict):
        raise bad_request(f"Line {number} is not an object with a key and a value")
    return str(parsed.get("key")), parsed["value"]


def _operation(key: str, value: Mapping[str, object], number: int) -> Operation:
    path = value.get("path")
    if not isinstance(path, str):
        raise bad_request(f"Line {number} has no path")
    if key == "deletedFolder":
        return Delete(checked_path(path.rstrip("/")), folder=True)
    checked_path(path)
    match key:
        case "deletedFile":
            return Delete(path, folder=False)
        case "lfsFile":
            oid, size = value.get("oid"), value.get("size")
            if value.get("algo") != "sha256" or not valid_oid(oid):
                raise bad_request(f"Line {number}: an lfsFile needs algo sha256 and its oid")
            return AddLargeFile(path, str(oid), size if isinstance(size, int) else None)
        case "file":
            return AddFile(path, _content(value, number))
    raise bad_request(f"Line {number}: unknown operation {key}")


def _content(value: Mapping[str, object], number: int) -> bytes:
    content = value.get("content")
    if not isinstance(content, str):
        raise bad_request(f"Line {number} has no content")
    if value.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise bad_request(f"Line {number}: the content is not base64") from error


def checked_path(path: str) -> str:
    """Return a path that may stand in a repository. Raises HubError (400) for one that may not."""
    parts = path.split("/")
    odd = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if odd or len(path) > PATH_LIMIT or any(ord(char) < 32 or char in "\\\x7f" for char in path):
        raise bad_request(f"Invalid path: {path!r}")
    return path


def carry_out(repo: Repo, operations: tuple[Operation, ...], files: Mapping[str, str]) -> dict[str, str]:
    """Work out the files (path to blob id) after the operations, in their order.

    Raises HubError: 404 for a file to delete that is not there, 400 for a large file that was never uploaded
    or has another size than announced, and for a path that is a file and a folder at once.
    """
    after = dict(files)
    for operation in operations:
        match operation:
            case Delete(path, folder=True):
                inside = [name for name in after if name.startswith(path + "/")]
                if not inside:
                    raise _no_such_path(path, "folder")
                for name in inside:
                    del after[name]
            case Delete(path):
                if after.pop(path, None) is None:
                    raise _no_such_path(path, "file")
            case AddLargeFile(path, sha256, size):
                stored = repo.large.size(sha256)
                if stored is None:
                    raise bad_request(f"The large file {path} ({sha256}) was not uploaded")
                if size is not None and size != stored:
                    raise bad_request(f"{path} was announced with {size} bytes and has {stored}")
                after[path] = repo.git.write_blob(Pointer(sha256, stored).blob())
            case AddFile(path, content):
                after[path] = repo.git.write_blob(content)
    _refuse_files_that_are_folders(after)
    return after


def _no_such_path(path: str, kind: str) -> HubError:
    error = entry_not_found(path)
    return HubError(404, f"A {kind} with this name doesn't exist: {path}", error.code)


def _refuse_files_that_are_folders(files: Mapping[str, str]) -> None:
    for path in files:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            if (folder := "/".join(parts[:depth])) in files:
                raise bad_request(f"{folder} cannot be a file and a folder")

"""Read what a repository asks of those who open issues, and keep it for some minutes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot.errors import RefusedError
from bot.events import Event
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import owner_and_name
from bot.triage.forms import FORMS_FOLDER, Forms, read_forms

KEPT = 600.0
"""Seconds forms are trusted; a push that changes them is noticed at once by the worker that handles it."""

REPOSITORIES = 1_000
"""Repositories of one installation whose forms are kept."""

FILES = 50
"""Forms and templates of one repository that are read."""

CHARACTERS = 100_000
"""Characters of one of them that are read; a longer one is passed over."""

SINGLE = {
    "hidden": ".github/ISSUE_TEMPLATE.md",
    "top": "ISSUE_TEMPLATE.md",
    "docs": "docs/ISSUE_TEMPLATE.md",
}
"""Where the one template of the older kind stands (GitHub Docs, "Manually creating a single issue template
for your repository"), by its name in the query."""

OWNERS = ".github"
"""The owner's repository whose forms count where a repository has none (GitHub Docs, "Creating a default
community health file")."""


class FormReads:
    """Reads issue forms and templates."""

    client: InstallationClient

    @needs(contents="read")
    async def issue_form_files(self, repository: str) -> dict[str, str]:
        """Read the issue forms and templates of the default branch by their paths, all in one request.

        Raises:
            GoneError: there is no such repository, or the App may not see it.
        """
        answer = await self.client.query(
            query_text("IssueForms"), within=repository, **owner_and_name(repository)
        )
        return dict(_files(answer["repository"]))


class FileReads(Protocol):
    """Reads the files of issue forms."""

    async def issue_form_files(self, repository: str) -> dict[str, str]:
        """Read the issue forms and templates of the default branch by their paths."""


class KeptForms:
    """Reads a repository's forms once, however many issues are opened at a time."""

    def __init__(self, reads: FileReads) -> None:
        self._reads = reads
        self._kept: TTLCache[str, Forms] = TTLCache(REPOSITORIES, KEPT)
        self._changes: Counter[str] = Counter()
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def forms(self, repository: str) -> Forms:
        """Give a repository's forms, or its owner's where it has none of its own."""
        lock = self._asking.setdefault(repository, asyncio.Lock())
        async with lock:
            kept = self._kept.get(repository)
            if kept is None:
                owner = repository.partition("/")[0]
                before = self._changes[owner]
                kept = await self._read(repository, f"{owner}/{OWNERS}")
                if before == self._changes[owner]:  # otherwise it may be what was there before
                    self._kept[repository] = kept
            return kept

    def notice(self, event: Event) -> None:
        """Forget what a push to a default branch may have changed."""
        if not any(event.may_change(path) for path in (f"{FORMS_FOLDER}/", *SINGLE.values())):
            return
        owner, _, name = event.repository.full_name.partition("/")
        self._changes[owner] += 1
        if name == OWNERS:
            for repository in [one for one in self._kept if one.startswith(f"{owner}/")]:
                self._kept.pop(repository, None)
        self._kept.pop(event.repository.full_name, None)

    async def _read(self, repository: str, owners: str) -> Forms:
        files = await self._reads.issue_form_files(repository)
        if not files and repository != owners:
            try:
                files = await self._reads.issue_form_files(owners)
            except RefusedError:  # there is none, or the App was not given it
                files = {}
        return await asyncio.to_thread(read_forms, files) if files else Forms()


def _files(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    entries = (answer["folder"] or {}).get("entries") or []
    for entry in entries[:FILES]:
        if (text := _text(entry["object"])) is not None:
            yield f"{FORMS_FOLDER}/{entry['name']}", text
    if not entries:
        for name, path in SINGLE.items():
            if (text := _text(answer[name])) is not None:
                yield path, text
                return


def _text(blob: Mapping[str, Any] | None) -> str | None:
    """Give the text of a file; None for what is none, or is too long to be a form."""
    text = (blob or {}).get("text")
    if blob is None or not isinstance(text, str) or blob.get("isTruncated") or len(text) > CHARACTERS:
        return None
    return text

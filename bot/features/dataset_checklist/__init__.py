"""Look at the data that pull requests bring, and go through the anonymization checklist with people."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from pydantic import ValidationError

from bot.actions import Action, Reply
from bot.commands import WRITE, Command, Parameter, Permission, ThreadKind, Topic
from bot.datasets.checklist.page import boxes
from bot.datasets.checklist.record import Record
from bot.datasets.checklist.sign_off import STATEMENT, Signer, SignOff
from bot.errors import UserError
from bot.events import Event, PullRequest, Thread
from bot.feature import Call, Feature
from bot.features.checks.verdict import Verdict, reported
from bot.features.dataset_checklist.kept import KEY, Kept
from bot.features.dataset_checklist.looking import data_files, folder_of
from bot.features.dataset_checklist.part import PART
from bot.features.dataset_checklist.place import NAME, Place
from bot.features.dataset_checklist.place import Reads as PlaceReads
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.features.dataset_checklist.showing import SHORTEST_DIGEST
from bot.features.dataset_checklist.ticks import judge_ticks
from bot.reads import ChangedFile
from bot.rendering import code, render


class Reads(PlaceReads, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what this feature keeps about a thread, by key."""


log = logging.getLogger(__name__)

feature = Feature[DatasetChecklistSection, Reads](NAME, DatasetChecklistSection)


@feature.on("pull_request", "opened", "reopened", "synchronize", also_own=True)
async def data_changed(event: Event, section: DatasetChecklistSection, reads: Reads) -> Sequence[Action]:
    """Look at the data a pull request brings, and again whenever they may have changed."""
    pull = event.payload.pull_request
    if pull is None or section.level == "off":
        return []
    kept = await _kept(event.thread, reads)
    if kept is None:
        changed = data_files(await reads.changed_files(event.repository.full_name, pull.number), section)
        if not changed:
            return []
        kept = Kept(folder=_clean(section.folder or folder_of(changed)), checklist=section.checklist)
    place = Place(event, pull, section, reads)
    try:
        seen = await place.look(kept)
    except UserError as error:
        # what could not be scanned is never taken for clean
        verdict = Verdict(False, render("checks/parts/dataset_unread.md.j2", problem=str(error)))
        return [reported(event.repository.full_name, pull.head.sha, PART, section.level, verdict)]
    return await place.tell(seen, reason=f"{event.payload.action} with data in {kept.folder or 'it'}")


@feature.command(
    Command(
        name="dataset-checklist",
        usage="/dataset-checklist [hipaa|gdpr|general] [path=FOLDER]",
        description="Scans a dataset and shows its anonymization checklist.",
        who=WRITE,
        example="/dataset-checklist gdpr path=data/patients",
        parameters=(
            Parameter("checklist", "Which checklist.", choices=("hipaa", "gdpr", "general")),
            Parameter("path", "The dataset's folder in the repository.", option=True),
        ),
        topic=Topic.MODELS,
    )
)
async def checklist_asked(call: Call, section: DatasetChecklistSection, reads: Reads) -> Sequence[Action]:
    """Show the checklist that was asked for, of the folder named or the one the pull request changes."""
    place = await _place(call, section, reads)
    kept = await _kept(call.thread, reads)
    named = call.invocation.options.get("path")
    folder = _clean(
        named if named is not None else kept.folder if kept else await _folder(call, section, reads)
    )
    if kept is None or kept.folder != folder:
        kept = Kept(folder=folder, checklist=section.checklist)
    if call.invocation.arguments:
        kept = kept.model_copy(update={"checklist": call.invocation.arguments[0]})
    seen = await place.look(kept)
    return await place.tell(seen, reason=f"{call.caller} asked for the checklist")


@feature.command(
    Command(
        name="quasi-identifiers",
        usage="/quasi-identifiers COLUMN,COLUMN... [sensitive=COLUMN,COLUMN...]",
        description="Confirms which columns could tell people apart together, and measures how far they do.",
        who=WRITE,
        example="/quasi-identifiers age,zip,sex sensitive=diagnosis",
        parameters=(
            Parameter("columns", "The columns, with commas between them.", required=True, repeated=True),
            Parameter("sensitive", "Columns that nobody should learn of a person.", option=True),
        ),
        topic=Topic.MODELS,
    )
)
async def quasi_identifiers_given(
    call: Call, section: DatasetChecklistSection, reads: Reads
) -> Sequence[Action]:
    """Measure the dataset by the columns a person confirmed."""
    kept, _ = await _shown_before(call, reads)
    place = await _place(call, section, reads)
    given = {
        "quasi": _columns(",".join(call.invocation.arguments)),
        "sensitive": _columns(call.invocation.options.get("sensitive", "")),
        "confirmed_by": (call.caller,),
    }
    seen = await place.look(kept.model_copy(update=given))
    return await place.tell(seen, reason=f"{call.caller} confirmed the quasi-identifiers")


@feature.command(
    Command(
        name="sign-off",
        usage='/sign-off role="ROLE" [content=DIGEST] [statement="TEXT"] [review=DAY]',
        description="Signs a dataset's checklist, for exactly these data. The author alone does not do.",
        who=WRITE,
        example='/sign-off role="data steward"',
        parameters=(
            Parameter("role", "As what you sign.", option=True, required=True),
            Parameter("content", "The data you looked at; the status comment has it.", option=True),
            Parameter("statement", "What you state, in your own words.", option=True),
            Parameter("review", "The day it is looked at again, such as 2027-11-30.", option=True),
        ),
        topic=Topic.MODELS,
    )
)
async def signed_off(call: Call, section: DatasetChecklistSection, reads: Reads) -> Sequence[Action]:
    """Bind the caller's word to the data and rules as they are, and write the record beside the data."""
    now = time.time()
    options = call.invocation.options
    kept, shown = await _shown_before(call, reads)
    if review := options.get("review"):
        kept = kept.model_copy(update={"next_review": _day(review, now)})
    place = await _place(call, section, reads)
    kept = await place.look(kept)
    now_there = kept.record or shown
    digest, rules = now_there.data.digest, now_there.rules
    named = options.get("content", "").lower()
    if (digest, rules) != (shown.data.digest, shown.rules) or not (
        digest.startswith(named) and (len(named) >= SHORTEST_DIGEST or not named)
    ):
        said = render("comments/sign_off_refused.md.j2", digest=digest[:SHORTEST_DIGEST])
        told = await place.tell(kept, reason="what was to be signed is not what was shown")
        return [*told, Reply(thread=call.thread, key=call.key, body=said, reason="other data were shown")]
    permission = await reads.permission(call.thread.repository, call.caller)
    sign_off = SignOff(
        signer=Signer(login=call.caller, account=call.caller_account),
        permission=permission.name.lower(),
        role=options["role"][:100],
        statement=options.get("statement", STATEMENT)[:1000],
        digest=digest,
        rules=rules,
        checklist=kept.checklist,
        day=datetime.fromtimestamp(now, UTC).date().isoformat(),
    )
    return await place.tell(kept.signed(sign_off), reason=f"{call.caller} signed off", write=True)


@feature.on("issue_comment", "edited")
async def boxes_changed(event: Event, section: DatasetChecklistSection, reads: Reads) -> Sequence[Action]:
    """Take over the boxes that somebody with write permission ticked; undo others, and say why."""
    comment, changes, sender = event.payload.comment, event.payload.changes, event.payload.sender
    if comment is None or comment.user is None or not comment.user.is_bot or event.sender_is_bot:
        return []
    kept = await _kept(event.thread, reads)
    if kept is None or kept.record is None or sender is None or changes is None or changes.body is None:
        return []
    before, after = boxes(changes.body.source), boxes(comment.body)
    if not before:
        return []
    changed = {number: tick for number, tick in after.items() if before.get(number) is not tick}
    permission = await reads.permission(event.repository.full_name, sender.login)
    kept, undone = judge_ticks(kept, changed, comment.body, sender.login, permission)
    place = Place(event, None, section, reads)
    reason = f"{sender.login} changed boxes: {undone or 'taken over'}"
    return await place.tell(kept, reason=reason)


async def _place(call: Call, section: DatasetChecklistSection, reads: Reads) -> Place:
    pull = None
    if call.kind is ThreadKind.PULL_REQUEST:
        now = await reads.pull_request(call.thread.repository, call.thread.number)
        pull = now if now.state == "open" else None
    return Place(call.event, pull, section, reads)


async def _kept(thread: Thread, reads: Reads) -> Kept | None:
    known = (await reads.recall(thread, feature.name)).get(KEY)
    try:
        return Kept.model_validate(known) if known else None
    except ValidationError:
        log.warning(
            "%s: what an older version kept of the checklist is not understood; it begins anew", thread
        )
        return None


async def _shown_before(call: Call, reads: Reads) -> tuple[Kept, Record]:
    kept = await _kept(call.thread, reads)
    if kept is None or kept.record is None:
        raise UserError("There is no checklist here yet. Ask for it with `/dataset-checklist path=FOLDER`.")
    return kept, kept.record


async def _folder(call: Call, section: DatasetChecklistSection, reads: Reads) -> str:
    """Find the dataset's folder from what the pull request changes, else from the configuration."""
    if call.kind is ThreadKind.PULL_REQUEST:
        files = await reads.changed_files(call.thread.repository, call.thread.number)
        if changed := data_files(files, section):
            return folder_of(changed)
    if section.folder is None:
        raise UserError("I see no data here. Say where they are: `/dataset-checklist path=FOLDER`.")
    return section.folder


def _clean(folder: str) -> str:
    clean = PurePosixPath(folder).as_posix().strip("/")
    return "" if clean == "." else clean


def _columns(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _day(text: str, now: float) -> str:
    """Read a day to come. Raises UserError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{code(text)} is no day; write it like `2027-11-30`.") from None
    if day <= datetime.fromtimestamp(now, UTC).date():
        raise UserError(f"{code(text)} is over; name a day to come.")
    return day.isoformat()

"""What is kept of a dataset's checklist between one event and the next, and how it changes; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from bot.actions import Annotation
from bot.datasets.checklist.assess import assess
from bot.datasets.checklist.evidence import Evidence
from bot.datasets.checklist.items import items_of
from bot.datasets.checklist.record import Record, make_record
from bot.datasets.checklist.sign_off import Signer, SignOff
from bot.datasets.checklist.states import State

KEY = "checklist"
SIGN_OFFS_KEPT = 20
"""Sign-offs that are remembered, the newest; void ones are shown so that people know why."""


class Kept(BaseModel):
    """A checklist on a thread: what was asked for, and the record as it was last shown."""

    model_config = ConfigDict(frozen=True)

    folder: str
    checklist: str
    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    confirmed_by: tuple[str, ...] = ()
    next_review: str = ""
    commit: str = ""
    """The commit the record is of."""
    seen: str = ""
    """All that the record depends on, as one digest: while it is the same, so is the record."""
    record: Record | None = None
    notes: tuple[Annotation, ...] = ()
    """The places the check run marks."""
    undone: str = ""
    """Why the last change of a box was undone, as Markdown."""
    undone_times: int = 0

    def unchanged_at(self, commit: str, authors: Iterable[Signer]) -> Kept:
        """Take over to another commit what was found, since nothing it depends on changed."""
        record = self.record.model_copy(update={"authors": tuple(authors)}) if self.record else None
        return self.model_copy(update={"record": record, "commit": commit})

    def looked_at(
        self, evidence: Evidence, commit: str, authors: Iterable[Signer], notes: tuple[Annotation, ...] = ()
    ) -> Kept:
        """Take in what was found at a commit; ticks hold for the same data and rules, sign-offs are kept."""
        before = self.record
        ticks: Mapping[int, str] = {}
        if before and (before.data.digest, before.rules) == (evidence.digest, evidence.scan.rules):
            ticks = {item.number: item.ticked_by for item in before.items if item.ticked_by}
        record = make_record(
            self.checklist,
            assess(items_of(self.checklist), evidence),
            evidence,
            ticks=ticks,
            authors=authors,
            sign_offs=before.sign_offs if before else (),
        )
        return self.model_copy(update={"record": record, "commit": commit, "notes": notes})

    def signed(self, sign_off: SignOff) -> Kept:
        """Add a sign-off to the record, in place of an earlier one of the same person."""
        if self.record is None:
            raise ValueError("only what was looked at can be signed off")
        others = [one for one in self.record.sign_offs if not one.signer.is_same_as(sign_off.signer)]
        sign_offs = (*others, sign_off)[-SIGN_OFFS_KEPT:]
        return self.model_copy(update={"record": self.record.model_copy(update={"sign_offs": sign_offs})})

    def ticked(self, changed: Mapping[int, bool], login: str) -> tuple[Kept, tuple[int, ...]]:
        """Take over the boxes somebody changed; give also those that no person decides."""
        if self.record is None:
            return self, tuple(changed)
        refused = []
        items = []
        for item in self.record.items:
            tick = changed.get(item.number)
            if tick is None:
                items.append(item)
            elif item.state is State.NEEDS_PERSON:
                items.append(item.model_copy(update={"ticked_by": login if tick else ""}))
            else:
                refused.append(item.number)
                items.append(item)
        record = self.record.model_copy(update={"items": tuple(items)})
        return self.model_copy(update={"record": record}), tuple(refused)

    def with_undone(self, words: str) -> Kept:
        """Say why a change of the boxes was undone; saying it anew each time has the comment written anew."""
        return self.model_copy(update={"undone": words, "undone_times": self.undone_times + 1})

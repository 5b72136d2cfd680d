"""Bring a card where it belongs, and say in a comment what it still lacks."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import Action, CommitFiles, FileChange, OpenPullRequest, Reply, SuggestChanges
from bot.cards.card import CARD
from bot.cards.excerpt import Excerpt, excerpt
from bot.feature import Call
from bot.features.model_card.suggesting import suggestions_for
from bot.features.model_card.target import Target
from bot.features.model_card.writing import Written
from bot.reads import ChangedFile
from bot.rendering import BODY_LIMIT, code, quiet, render

SHOWN_LIMIT = BODY_LIMIT - 1000
"""Characters of the comment that shows a card; the rest is left for the mark that the bot puts into it."""

SUGGESTIONS_LIMIT = 20_000
"""Characters of suggestions in one comment; of a longer one only the part's name is told."""


@dataclass(frozen=True)
class Delivery:
    """A written card: who asked for it with which command, and the folder it is of.

    ``command`` is also the feature's name.
    """

    call: Call
    command: str
    folder: str
    written: Written

    @property
    def path(self) -> str:
        """Give the path of the card."""
        return self.inside(CARD)

    def inside(self, name: str) -> str:
        """Give the path of a file beside the card."""
        return f"{self.folder}/{name}" if self.folder not in ("", ".") else name

    def words(self, template: str, **more: object) -> str:
        """Render one of the comments about cards."""
        return render(
            f"comments/{template}.md.j2",
            command=self.command,
            folder=self.folder,
            written=self.written,
            suggestions=suggestions(self.written),
            **more,
        )


def deliver(delivery: Delivery, into: Target, changed: Sequence[ChangedFile] = ()) -> Sequence[Action]:
    """Commit the card, open a pull request with it, or show it where nothing may be written.

    There it is suggested line by line, if what the pull request ``changed`` shows those lines of the card.
    """
    call, card = delivery.call, delivery.written.card
    reason = f"{call.caller} asked for the card of {delivery.folder}"
    if into.is_foreign:
        return [_for_others(delivery, into, changed, f"{reason}, from a fork")]
    contents = {CARD: card.text, **card.images}
    files = tuple(
        FileChange(path=delivery.inside(name), content=content) for name, content in contents.items()
    )
    title = quiet(f"Add the {delivery.command.replace('-', ' ')} of {delivery.folder}")
    if into.pull is None:
        return [
            OpenPullRequest(
                thread=call.thread,
                base=into.base,
                start=into.commit,
                branch=into.branch,
                files=files,
                title=title,
                body=delivery.words("model_card_pull", thread=call.thread),
                section=delivery.command,
                told=delivery.words("model_card", where="is in #{number}"),
                reason=reason,
            )
        ]
    here = into.pull.number == call.thread.number
    where = (
        f"is in {code(delivery.path)} on this pull request's branch" if here else f"is in #{into.pull.number}"
    )
    return [
        CommitFiles(
            thread=call.thread,
            branch=into.pull.head.ref,
            expected_head=into.pull.head.sha,
            files=files,
            message=title,
            section=delivery.command,
            told=delivery.words("model_card", where=where),
            reason=reason,
        )
    ]


def suggestions(written: Written) -> list[tuple[str, Excerpt | None]]:
    """List what would stand in the parts that people edited, as far as there is room for it."""
    left, shown = SUGGESTIONS_LIMIT, list[tuple[str, Excerpt | None]]()
    for conflict in written.open_conflicts:
        text = f"{(conflict.ours or '').strip()}\n"
        fits = len(text) <= left
        left -= len(text) if fits else 0
        shown.append((conflict.name, Excerpt(text) if fits else None))
    return shown


def _for_others(
    delivery: Delivery, into: Target, changed: Sequence[ChangedFile], reason: str
) -> Reply | SuggestChanges:
    """Show the card to those who can write it to their branch themselves."""
    call, body, written = delivery.call, _shown(delivery), delivery.written
    patch = next((file.patch for file in changed if file.path == delivery.path), None)
    lines = suggestions_for(delivery.path, written.existing or "", written.card.text, patch)
    if not lines:
        return Reply(thread=call.thread, key=call.key, body=body, reason=reason)
    return SuggestChanges(
        thread=call.thread,
        key=call.key,
        commit=into.commit,
        body=delivery.words("model_card_suggested", path=delivery.path),
        suggestions=lines,
        otherwise=body,
        reason=reason,
    )


def _shown(delivery: Delivery) -> str:
    """Write the comment that shows a card; one too long for it ends early, and says what to do instead."""
    run = shlex.join(["giveback", "card", delivery.folder or ".", "--out", delivery.path])

    def comment(shown: Excerpt) -> str:
        return delivery.words("model_card_shown", path=delivery.path, excerpt=shown, run=run)

    around = len(comment(Excerpt("", is_cut=True)))
    return comment(excerpt(delivery.written.card.text, SHOWN_LIMIT - around))

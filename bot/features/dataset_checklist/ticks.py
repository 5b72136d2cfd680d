"""Decide which changes of a checklist's boxes count; pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands import Permission
from bot.features.dataset_checklist.kept import Kept
from bot.features.dataset_checklist.showing import SHORTEST_DIGEST
from bot.rendering import code, listed


def judge_ticks(
    kept: Kept, changed: Mapping[int, bool], body: str, login: str, permission: Permission
) -> tuple[Kept, str]:
    """Decide which changes of boxes count; the words say, as Markdown, why others were undone."""
    if kept.record is None:
        return kept, ""
    if permission < Permission.WRITE:
        words = f"{code(login)} has no write permission here, so ticks do not count."
        return kept.with_undone(words), words
    if not changed:
        words = "only boxes can be changed in it. Say what you think in a comment of your own."
        return kept.with_undone(words), words
    if kept.record.data.digest[:SHORTEST_DIGEST] not in body:
        words = "the data changed since this was shown. Please look again."
        return kept.with_undone(words), words
    kept, refused = kept.ticked(changed, login)
    if not refused:
        return kept.model_copy(update={"undone": ""}), ""
    words = f"no person decides {listed(refused)}: what a program found there changes only with the data."
    return kept.with_undone(words), words

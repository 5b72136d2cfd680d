"""Give releases that nobody asked for on a thread an issue to report on."""

from __future__ import annotations

from bot.actions import ReportCheck, StartRelease
from bot.actions.releases import CHECK_NAME
from bot.apply.access import Access
from bot.errors import RefusedError
from bot.events import Thread
from bot.rendering import quiet, render


async def on_a_thread(action: StartRelease, access: Access) -> StartRelease:
    """Give the release with the thread it reports on, opening an issue when it has none.

    The open issue of an earlier attempt at the same version is taken, also when that attempt was this one.

    Raises:
        RefusedError: GitHub opens no issue there.
    """
    if action.number:
        return action
    place = action.thread
    purpose = "rehearsal" if action.rehearsal else "release"
    marker = f"<!-- giveback:{purpose} {action.model.lower()} {action.version} -->"
    number = await access.reader.own_open_issue(place.repository, access.bot_login, marker)
    if number is None:
        title = quiet(
            f"{'Rehearse the release of' if action.rehearsal else 'Release'} {action.model} {action.version}"
        )
        body = render("comments/release_opened.md.j2", marker=marker, action=action)
        try:
            number = await access.writer.open_issue(place.repository, title, body)
        except RefusedError as error:
            said = render("comments/release_no_thread.md.j2", answer=str(error))
            raise RefusedError(said, error.status) from error
    thread = Thread(place.repository, number, place.repository_id)
    return action.model_copy(update={"thread": thread, "own_issue": True})


def not_started(action: StartRelease, error: RefusedError) -> ReportCheck:
    """Write the check run that says on the commit why a release without a thread did not start."""
    return ReportCheck(
        repository=action.repository,
        commit=action.commit,
        name=CHECK_NAME,
        conclusion="failure",
        title="The release was not started",
        summary=str(error),
        reason="the release could not start",
    )

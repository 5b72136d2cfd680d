"""Do something while one of its requests fails, and again when none does; say what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from itertools import takewhile

import httpx2

from bot.release.progress import GOOD_ENDS, Reach, ReleaseOutcome, Status
from tests.faults.endings import (
    DONE,
    WITHDRAWN_BEFORE,
    Before,
    Ending,
    before,
    left_over,
    reach_of,
    words_of,
    wrong_on_hub,
    wrong_release,
    wrong_words,
)
from tests.faults.kinds import DONE_HERE, LATE, LATE_ORDER, ORDERED, PATIENCE, REVOKED, SAME
from tests.faults.trial import ROLLING_BACK, WITHDRAWING, Patient, Trial
from tests.faults.watching import Send, Watch, watching
from tests.release.worlds import World

ANY = "^/(?!_sandbox)"


def fail(trial: Trial, what: str, kind: str, number: int) -> Ending:
    """Let the request of this number fail in one way; what did not come to its end is asked for again."""
    trial.forget()
    trial.prepare(what)
    earlier, world = before(trial.hub), (Patient if kind == LATE else World)()
    with failing(trial, kind, number):
        outcome = trial.carry_out(what, world)
    reach, words = reach_of(outcome), words_of(world.journal.shown[-1])
    wrong = wrong_words(what, outcome, words) + wrong_on_hub(what, trial.hub, trial.model, outcome, earlier)
    if reach != DONE:
        wrong += _wrong_again(trial, what, outcome, world, earlier)
    return Ending(reach, words, (*wrong, *left_over(trial.hub, outcome.next_step)))


def _wrong_again(
    trial: Trial, what: str, outcome: ReleaseOutcome, world: World, earlier: Before
) -> list[str]:
    """Ask for the same again with a Hub that works, and list what is not as it should be then."""
    again = trial.carry_out(what, _world_to_go_on(what, world, outcome))
    if what == WITHDRAWING and WITHDRAWN_BEFORE in again.message:
        again = replace(outcome, status=Status.WITHDRAWN)
    if again.status not in GOOD_ENDS:
        return [f"again: {again.message}"]
    return wrong_on_hub(what, trial.hub, trial.model, again, earlier)


@contextmanager
def failing(trial: Trial, kind: str, number: int) -> Iterator[None]:
    """Let the request of this number fail."""
    order = LATE_ORDER if kind == LATE else ORDERED.get(kind)
    if order is not None:
        trial.hub.fault(ANY, after=number, **order)
    deed = DONE_HERE.get(kind)
    asking = watching(Watch(number, deed, kind == REVOKED)) if deed else nullcontext()
    if kind == LATE:
        asking = watching(Watch(), PATIENCE)
    try:
        with asking:
            yield
    finally:
        trial.hub.no_faults()


def meet(trial: Trial, what: str, kind: str, number: int) -> Ending:
    """Let another release of the version come to its end while the request of this number is under way."""
    trial.forget()
    trial.prepare(what)
    earlier, world, watch = before(trial.hub), World(), Watch(number)
    others: list[ReleaseOutcome] = []

    def meanwhile(request: httpx2.Request, send: Send) -> httpx2.Response:
        others.append(trial.release_other(what, same=kind == SAME))
        return send(request)

    watch.deed = meanwhile
    with watching(watch):
        outcome = trial.carry_out(what, world)
    outcomes = [outcome, *others]
    words = words_of(world.journal.shown[-1])
    wrong = wrong_words(what, outcome, words)
    wrong += wrong_release(what, trial.hub, [trial.model, trial.other], outcomes, earlier)
    published = {one.commit for one in outcomes if one.status in GOOD_ENDS}
    if len(published) > 1:
        wrong.append(f"both say that they published: {published}")
    wrong += left_over(trial.hub, " ".join(one.next_step for one in outcomes))
    return Ending(reach_of(outcome), words, tuple(wrong))


def _world_to_go_on(what: str, world: World, outcome: ReleaseOutcome) -> World:
    """Give the world in which the same is asked for again; a rollback that began goes on where it was."""
    if what != ROLLING_BACK:
        return World()
    kept = {"look", "held", "verify"} | ({"restore"} if outcome.reach is Reach.PUBLISHED else set())
    results = world.journal.results
    world.journal.results = list(takewhile(lambda one: one[0] in kept, results))
    return World(journal=world.journal)

from dataclasses import replace
from pathlib import Path

import pytest

from bot.documents import DocumentError
from bot.release.approvals import GivenWaiver, Person
from bot.release.gates import GATES, run_gates
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.gates.waivers import waived
from bot.release.manifest import Waiver, read_manifest
from tests.release.worlds import MANIFEST, approval

WAIVER = Waiver(gate="licence", by="bob", reason="read by our counsel")
ALICE = Person("alice", 1)
FAILED = GateResult("licence", Outcome.FAIL, ("not allowed",), "fix it", waivable=True)


def asked_for(requester: Person = ALICE, *given: GivenWaiver, entry: Waiver | None = WAIVER) -> Candidate:
    """A release whose manifest has bob's waiver, and for which others were given with the command."""
    manifest = read_manifest(MANIFEST).model_copy(update={"waivers": [entry] if entry else []})
    return Candidate(Path(), manifest, digest="d", requester=requester, waivers=given)


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.COULD_NOT_RUN])
def test_what_did_not_pass_is_waived_by_name_and_reason(outcome: Outcome) -> None:
    [answer] = waived([replace(FAILED, outcome=outcome)], asked_for())
    assert answer.outcome is Outcome.WAIVED
    assert answer.passed
    assert answer.evidence == ("waived by bob, once they approve: read by our counsel", "not allowed")


@pytest.mark.parametrize(
    ("result", "requester", "words"),
    [
        (FAILED, Person("Bob", 2), "they asked for the release"),
        (replace(FAILED, waivable=False), ALICE, "cannot be waived"),
    ],
)
def test_a_waiver_that_does_not_count_says_why(result: GateResult, requester: Person, words: str) -> None:
    [answer] = waived([result], asked_for(requester))
    assert answer.outcome is Outcome.FAIL
    assert words in answer.evidence[0]


def test_other_gates_and_passed_ones_stay_as_they_are() -> None:
    results = (replace(FAILED, gate="card"), replace(FAILED, outcome=Outcome.WARN))
    assert waived(results, asked_for()) == tuple(one.sealed("d") for one in results)


@pytest.mark.parametrize(
    "waiver",
    [
        "{gate: approval, by: bob, reason: because I say so}",
        "{gate: manifest, by: bob, reason: because I say so}",
        "{gate: licence, by: bob, reason: x}",
        "{gate: licence, by: '@everyone', reason: because I say so}",
        "{gate: licence, reason: because I say so}",
    ],
)
def test_a_waiver_without_a_name_or_reason_or_of_the_approval_is_refused(waiver: str) -> None:
    with pytest.raises(DocumentError):
        read_manifest(f"{MANIFEST}waivers: [{waiver}]\n")


CAROL = GivenWaiver("licence", "carol", "maintain", "d", "our own base model", 3, FAILED.sealed("d").seal)


def test_a_waiver_given_with_the_command_counts_at_once() -> None:
    [answer] = waived([FAILED], asked_for(ALICE, CAROL, entry=None))
    assert answer.outcome is Outcome.WAIVED
    assert answer.evidence == ("waived by carol: our own base model", "not allowed")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (replace(CAROL, digest="other"), "it was given for other content"),
        (replace(CAROL, permission="write"), "they are no maintainer"),
        (replace(CAROL, seal=""), "something else was seen in this gate"),
        (replace(CAROL, login="alice-renamed", account=1), "they asked for the release"),
    ],
)
def test_a_command_waives_only_this_content_and_only_by_another_maintainer(
    given: GivenWaiver, words: str
) -> None:
    [answer] = waived([FAILED], asked_for(ALICE, given, entry=None))
    assert answer.outcome is Outcome.FAIL
    assert words in answer.evidence[0]


@pytest.mark.parametrize(
    "later",
    [
        replace(FAILED, evidence=("not allowed", "and a second base model forbids it")),
        replace(FAILED, evidence=("another base model forbids it",)),
        replace(FAILED, outcome=Outcome.COULD_NOT_RUN),
    ],
)
def test_a_word_for_one_finding_covers_no_other_in_the_same_gate(later: GateResult) -> None:
    [answer] = waived([later], asked_for(ALICE, CAROL, entry=None))
    assert not answer.passed
    assert "something else was seen in this gate when it was given" in answer.evidence[0]


def test_the_order_of_what_was_seen_and_what_is_said_of_other_waivers_change_no_seal() -> None:
    two = replace(FAILED, evidence=("one", "two"))
    assert two.sealed("d").seal == replace(two, evidence=("two", "one")).sealed("d").seal
    assert two.sealed("d").seal != two.sealed("other").seal
    stale = replace(CAROL, digest="other")
    [answer] = waived([FAILED], asked_for(ALICE, stale, entry=None))
    assert answer.seal == CAROL.seal


def test_a_word_that_counts_is_not_hidden_by_one_that_does_not() -> None:
    stale = replace(CAROL, digest="other", login="dan", account=4)
    [answer] = waived([FAILED], asked_for(ALICE, stale, CAROL))
    assert answer.evidence[0] == "waived by carol: our own base model"


def release(*given: tuple[str, str]) -> GateResult:
    """Ask the approval gate with these people's permissions."""
    text = MANIFEST + "waivers: [{gate: licence, by: bob, reason: read by our counsel}]\n"
    approvals = tuple(
        approval(login, permission, "d", account) for account, (login, permission) in enumerate(given, 1)
    )
    return GATES["approval"](
        Candidate(Path(), read_manifest(text), digest="d", requester=Person("alice", 1), approvals=approvals)
    )


def test_a_release_with_a_waiver_waits_for_the_maintainer_who_gave_it() -> None:
    other = ("someone", "write")
    assert release(("alice", "admin"), other).outcome is Outcome.WAITING
    waiting = release(other, ("carol", "admin"))
    assert waiting.outcome is Outcome.WAITING
    assert waiting.remedy == "bob waived a gate, and has to approve this content, as a maintainer."
    assert release(other, ("bob", "write")).outcome is Outcome.WAITING
    assert release(other, ("Bob", "maintain")).outcome is Outcome.PASS


def test_nobody_waits_for_the_requester_whose_waiver_does_not_count() -> None:
    text = MANIFEST + "waivers: [{gate: licence, by: Alice, reason: I read it myself}]\n"
    given = (approval("bob", "write", "d"),)
    answer = GATES["approval"](
        Candidate(Path(), read_manifest(text), digest="d", requester=ALICE, approvals=given)
    )
    assert answer.outcome is Outcome.PASS


def test_a_waiver_in_the_manifest_lets_the_gates_pass(tmp_path: Path) -> None:
    text = MANIFEST + "waivers: [{gate: evaluation, by: bob, reason: measured by hand}]\n"
    text += "thresholds: [{metric: f1, at_least: 1}]\n"
    results = run_gates(Candidate(tmp_path, read_manifest(text)), {"evaluation": GATES["evaluation"]})
    assert [one.outcome for one in results] == [Outcome.WAIVED]

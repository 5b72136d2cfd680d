import pytest

from bot.release.approvals import Approval, Judgement, Person, judge
from tests.release.worlds import approval

ALICE = Person("alice", 1)


def judged(*approvals: Approval, needed: int = 1, requester: Person = ALICE) -> Judgement:
    return judge(approvals, requester=requester, digest="d", needed=needed)


def missing(*approvals: Approval, needed: int = 1, requester: Person = ALICE) -> int:
    return judged(*approvals, needed=needed, requester=requester).missing


@pytest.mark.parametrize("permission", ["write", "maintain", "admin"])
def test_one_other_person_with_write_access_is_enough(permission: str) -> None:
    assert missing(approval(permission=permission)) == 0


@pytest.mark.parametrize("permission", ["read", "triage", "none", "", "Write"])
def test_people_without_write_access_do_not_count(permission: str) -> None:
    assert missing(approval(permission=permission)) == 1


@pytest.mark.parametrize("login", ["alice", "alice-after-a-rename"])
def test_who_asked_for_the_release_does_not_count_under_any_login(login: str) -> None:
    assert missing(approval(login, "admin", account=1)) == 1


def test_somebody_who_took_over_the_requesters_old_login_is_another_person() -> None:
    assert missing(approval("alice", account=2)) == 0


@pytest.mark.parametrize("login", ["alice", "Alice", "ALICE"])
@pytest.mark.parametrize(("asked", "gave"), [(0, 0), (1, 0), (0, 2)])
def test_where_an_account_is_not_known_the_login_decides_in_any_case(
    login: str, asked: int, gave: int
) -> None:
    given = approval(login, "admin", account=gave)
    assert missing(given, requester=Person("alice", asked)) == 1


def test_an_approval_of_other_content_does_not_count() -> None:
    answer = judged(approval(digest="other"))
    assert answer.missing == 1
    assert "other content" in answer.refused[0]


def test_one_person_counts_once_however_the_login_changed_meanwhile() -> None:
    assert missing(approval("bob"), approval("robert"), needed=2) == 1
    assert missing(approval("bob", account=0), approval("BOB"), needed=2) == 1
    assert missing(approval("bob"), approval("carol", account=3), needed=2) == 0
    assert judged(approval("bob"), approval("robert")).approvers == ("bob",)

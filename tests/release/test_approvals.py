import pytest

from bot.release.approvals import judge
from tests.release.worlds import approval


def missing(*approvals: object, needed: int = 1) -> int:
    return judge(approvals, requester="alice", digest="d", needed=needed).missing  # type: ignore[arg-type]


@pytest.mark.parametrize("permission", ["write", "maintain", "admin"])
def test_one_other_person_with_write_access_is_enough(permission: str) -> None:
    assert missing(approval(permission=permission)) == 0


@pytest.mark.parametrize("permission", ["read", "triage", "none", "", "Write"])
def test_people_without_write_access_do_not_count(permission: str) -> None:
    assert missing(approval(permission=permission)) == 1


@pytest.mark.parametrize("login", ["alice", "Alice", "ALICE"])
def test_who_asked_for_the_release_does_not_count_however_the_name_is_written(login: str) -> None:
    assert missing(approval(login=login, permission="admin")) == 1


def test_an_approval_of_other_content_does_not_count() -> None:
    judged = judge([approval(digest="other")], requester="alice", digest="d", needed=1)
    assert judged.missing == 1
    assert "other content" in judged.refused[0]


def test_one_person_counts_once() -> None:
    assert missing(approval("bob"), approval("BOB"), needed=2) == 1
    assert missing(approval("bob"), approval("carol"), needed=2) == 0

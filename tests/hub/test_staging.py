import pytest

from bot.hub.errors import HubRefused
from bot.hub.staging import MAIN, Found, choose_branch, staging_branch

NEW = Found("acme/m", private=True, head="c1", complete=False, empty=True, foreign=(), tags={})


def found(**changes: object) -> Found:
    return Found(**{**NEW.__dict__, **changes})


def refused(what: Found, tag: str = "v1.0.1", *, public: bool = True) -> HubRefused:
    with pytest.raises(HubRefused) as caught:
        choose_branch(what, tag, public=public)
    assert "make that repository private" not in caught.value.next_step
    assert "make it private" not in caught.value.next_step
    return caught.value


def test_a_new_model_is_prepared_on_the_main_branch_of_its_private_repository() -> None:
    assert choose_branch(NEW, "v1.0.0", public=True) == MAIN


def test_what_is_complete_needs_no_other_branch() -> None:
    there = found(private=False, complete=True, empty=False, tags={"v1.0.0": "c1"})
    assert choose_branch(there, "v1.0.0", public=True) == MAIN


@pytest.mark.parametrize("private", [True, False])
def test_a_later_version_is_prepared_beside_the_one_people_use(private: bool) -> None:
    there = found(private=private, empty=False, foreign=("old.txt",), tags={"v1.0.0": "c1", "latest": "c1"})
    assert choose_branch(there, "v1.0.1", public=True) == staging_branch("v1.0.1") == "giveback/v1.0.1"


def test_an_empty_public_repository_is_filled_from_beside() -> None:
    assert choose_branch(found(private=False), "v1.0.0", public=True) == staging_branch("v1.0.0")


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("tags", [{"v1.0.0": "c0"}, {"v1.0.0": "c0", "latest": "c1", "vmine": "c1"}])
def test_a_version_that_somebody_changed_since_is_not_touched(private: bool, tags: dict[str, str]) -> None:
    error = refused(found(private=private, empty=False, tags=tags))
    assert "changed after its last version" in error.message
    assert "version tag" in error.next_step


def test_a_public_repository_that_never_was_a_version_is_not_touched() -> None:
    assert "already holds other content" in refused(found(private=False, empty=False)).message


def test_a_private_repository_with_files_of_others_is_not_touched() -> None:
    assert "theirs.txt" in refused(found(empty=False, foreign=("theirs.txt",))).message


@pytest.mark.parametrize("changes", [{"head": "c2", "complete": True}, {"complete": False}])
def test_a_tag_that_stands_for_something_else_is_found_before_anything_is_sent(
    changes: dict[str, object],
) -> None:
    error = refused(found(private=False, empty=False, tags={"v1.0.1": "c1"}, **changes))
    assert "v1.0.1" in error.message
    assert "new version" in error.next_step


def test_a_model_that_is_public_is_not_called_private() -> None:
    error = refused(found(private=False, complete=True, empty=False), public=False)
    assert "is public" in error.message

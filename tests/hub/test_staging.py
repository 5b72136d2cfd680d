import re

import pytest
from huggingface_hub.utils._validators import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.staging import (
    LONGEST_NAME,
    Found,
    check_place,
    give_way,
    is_beside,
    is_staging_branch,
    place_of,
    staging_branch,
    staging_repository,
)
from bot.hub.ways_back import withdrawal_title, withdrawn_in

NEW = Found("acme/m", private=True, head="c1", complete=False, empty=True, tags={})
NAMES = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9_]|[-.](?=[a-zA-Z0-9_])){0,95}", fullmatch=True)


def found(**changes: object) -> Found:
    return Found(**{**NEW.__dict__, **changes})


def refused(what: Found, tag: str = "v1.0.1", *, public: bool = True) -> HubRefused:
    with pytest.raises(HubRefused) as caught:
        check_place(what, tag, public=public)
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize(
    ("what", "public", "is_own"),
    [
        (None, True, True),
        (None, False, True),
        (NEW, True, False),
        (NEW, False, True),
        (found(is_begun=True), True, True),
        (found(is_begun=True, empty=False), True, False),
        (found(private=False), True, False),
    ],
)
def test_a_release_is_prepared_in_the_models_own_repository_where_nobody_else_sees_it(
    what: Found | None, public: bool, is_own: bool
) -> None:
    repository, branch = place_of("acme/m", "r1", what, public=public)
    assert (repository == "acme/m", bool(branch)) == (is_own, is_own)


def test_of_releases_prepared_in_one_repository_the_first_name_waits_and_the_others_give_way() -> None:
    mine, other = sorted(staging_branch("acme/m", release) for release in ("r1", "r2"))
    assert is_staging_branch(mine)
    with pytest.raises(HubUnavailable, match=other) as caught:
        give_way(found(under_way=(other,)), mine)
    assert caught.value.next_step
    give_way(found(under_way=(mine,)), other)
    assert mine in refused(found(under_way=(mine,))).message
    give_way(NEW, mine)


@given(NAMES, st.text())
def test_the_place_of_a_release_has_a_name_the_hub_takes_and_that_says_whose_it_is(
    name: str, release: str
) -> None:
    beside = staging_repository(f"acme/{name}", release)
    validate_repo_id(beside)
    assert re.fullmatch(r"acme/.+-giveback-[0-9a-f]{12}", beside)
    assert is_beside(beside)
    assert not is_beside(f"acme/{name}")
    assert len(beside.partition("/")[2]) <= LONGEST_NAME


def test_no_two_releases_and_no_two_models_share_a_place() -> None:
    long = "acme/" + "m" * 95
    places = {staging_repository(model, release) for model in (f"{long}1", f"{long}2") for release in "ab"}
    assert len(places) == 4


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize(
    "what",
    [
        NEW,
        found(complete=True, empty=False),
        found(private=False),
        found(private=False, complete=True, empty=False),
        found(private=False, empty=False, tags={"v1.0.0": "c1"}),
        found(complete=True, empty=False, tags={"v1.0.1": "c1"}),
    ],
)
def test_an_empty_place_a_version_and_what_is_complete_may_be_released_to(what: Found, public: bool) -> None:
    if public or what.private:
        check_place(what, "v1.0.1", public=public)


def test_a_private_model_gets_its_next_private_version() -> None:
    check_place(found(empty=False, tags={"v1.0.0": "c1"}), "v1.0.1", public=False)


@pytest.mark.parametrize("complete", [True, False])
def test_making_it_public_shows_earlier_versions_and_is_left_to_people(complete: bool) -> None:
    error = refused(found(empty=False, complete=complete, tags={"v1.0.0": "c0", "v0.9.0": "c1"}))
    assert "shows v0.9.0, v1.0.0 too" in error.message
    assert "yourself on the Hub" in error.next_step


@pytest.mark.parametrize("complete", [True, False])
def test_making_it_public_shows_nothing_else_either(complete: bool) -> None:
    error = refused(found(empty=not complete, complete=complete, others=("the branch draft",)))
    assert "the branch draft" in error.message


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("tags", [{"v1.0.0": "c0"}, {"v1.0.0": "c0", "latest": "c1", "vmine": "c1"}])
def test_a_version_that_somebody_changed_since_is_not_touched(private: bool, tags: dict[str, str]) -> None:
    error = refused(found(private=private, empty=False, tags=tags), public=not private)
    assert "changed after its last version" in error.message
    assert "version tag" in error.next_step


@pytest.mark.parametrize("private", [True, False])
def test_a_repository_that_never_was_a_version_is_not_touched(private: bool) -> None:
    error = refused(found(private=private, empty=False), public=not private)
    assert "already holds other content" in error.message


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


def test_a_version_that_comes_before_the_one_people_get_is_not_released_over_it() -> None:
    error = refused(found(private=False, empty=False, tags={"v2.0.0": "c1"}), "v1.2.4")
    assert "is at v2.0.0, which comes after v1.2.4" in error.message
    assert "/rollback-release" in error.next_step


def test_after_going_back_a_version_between_the_two_may_be_released() -> None:
    check_place(
        found(private=False, empty=False, tags={"v1.1.0": "c0", "v1.0.0": "c1"}), "v1.0.1", public=True
    )


def test_what_was_withdrawn_is_not_made_public_by_a_release() -> None:
    error = refused(found(withdrawn=("1.1.0",)))
    assert "private because 1.1.0 was withdrawn" in error.message
    assert "by their id until it cleans up" in error.next_step
    check_place(found(withdrawn=("1.1.0",)), "v1.1.1", public=False)
    check_place(found(private=False, withdrawn=("1.1.0",)), "v1.1.1", public=True)


@pytest.mark.parametrize(
    ("titles", "versions"),
    [
        ([withdrawal_title(["1.1.0", "1.0.0-rc.1+a"]), "Release 1.0.0"], ("1.0.0-rc.1+a", "1.1.0")),
        (["Withdraw support for Python 3.8", "Withdraw", "Withdraw 1.0.0 and more"], ()),
    ],
)
def test_a_withdrawal_is_known_by_its_commits(titles: list[str], versions: tuple[str, ...]) -> None:
    assert withdrawn_in(titles) == versions

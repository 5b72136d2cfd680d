from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.triage.reviewers import Change, WrittenLines, first_of, fitting, old_lines, writers_of

PATCH = """@@ -10,4 +10,5 @@ def load():
 a
-b
+c
@@ -40 +41,2 @@
-x
@@ -0,0 +1,3 @@
+new
"""


def test_who_owns_more_of_the_changed_lines_comes_first() -> None:
    change = Change({"a.py": 90, "b.py": 10}, {"a.py": {"alice": 1.0}, "b.py": {"bob": 1.0}})
    assert fitting(change.scores(), out=()) == ["alice"]
    assert fitting(change.scores(), out={"ALICE"}) == ["bob"]


def test_a_second_reviewer_is_looked_for_where_the_first_knows_nothing() -> None:
    change = Change({"a.py": 90, "b.py": 10}, {"a.py": {"alice": 1.0, "carol": 1.0}, "b.py": {"bob": 1.0}})
    assert fitting(change.scores(covered_by=["Alice"]), out={"alice"}) == ["bob"]
    assert fitting(change.scores(covered_by=["alice", "bob"]), out={"alice", "bob"}) == ["carol"]


def test_who_wrote_some_lines_leaves_the_file_open_for_its_owner() -> None:
    change = Change({"a.py": 5}, {"a.py": {"alice": 0.4, "bob": 1.0}})
    assert "bob" in change.scores(covered_by=["alice"])


def test_one_person_spelled_in_two_ways_is_one_person() -> None:
    change = Change({"a.py": 1, "b.py": 1}, {"a.py": {"Alice": 1.0}, "b.py": {"alice": 1.0}})
    assert change.scores() == {"Alice": 2.0}


def test_among_equals_the_one_with_least_to_review_comes_first_and_then_whose_turn_was_longest_ago() -> None:
    people = ["alice", "Bob", "carol"]
    assert first_of(people, {"alice": 3, "Bob": 1, "carol": 1}, {"bob": 9.0, "carol": 5.0}) == "carol"
    assert first_of(people, {}, {"alice": 2.0, "carol": 1.0}) == "Bob"
    assert first_of(people, {}, {}) == "alice"
    assert first_of([], {}, {}) is None


def test_the_lines_a_patch_touches_are_those_of_the_file_before() -> None:
    assert old_lines(PATCH) == [(10, 13), (40, 40)]


def test_new_lines_weigh_more_than_old_ones_and_lines_beside_the_change_nothing() -> None:
    blame = [
        WrittenLines(1, 10, "alice", 10),
        WrittenLines(11, 20, "bob", 1),
        WrittenLines(21, 30, "", 1),
    ]
    assert writers_of(blame, [(6, 15)]) == {"alice": 5 / 55, "bob": 50 / 55}
    assert set(writers_of(blame)) == {"alice", "bob"}
    assert writers_of(blame, [(21, 30)]) == {}
    assert writers_of([], [(1, 2)]) == {}


@given(st.text(alphabet="@-+, 0123456789\na", max_size=300))
def test_no_patch_breaks_it(patch: str) -> None:
    assert all(last - first + 1 >= 1 for first, last in old_lines(patch))


def test_a_patch_of_a_megabyte_is_read_at_once() -> None:
    assert old_lines("@@ -1" + "1" * 1_000_000) == []
    assert len(old_lines("@@ -1,2 +1 @@\n" * 70_000)) == 70_000


@given(
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 50), min_size=1),
    st.dictionaries(
        st.sampled_from("ab"), st.dictionaries(st.sampled_from(["x", "y", "z"]), st.floats(0, 2)), max_size=2
    ),
    st.sets(st.sampled_from(["x", "Y", "z"])),
)
def test_who_is_out_is_never_chosen_and_the_choice_depends_on_nothing_else(
    sizes: dict[str, int], known_by: dict[str, dict[str, float]], out: set[str]
) -> None:
    chosen = fitting(Change(sizes, known_by).scores(), out)
    assert not {login.casefold() for login in chosen} & {login.casefold() for login in out}
    backwards = {path: dict(reversed(list(known.items()))) for path, known in known_by.items()}
    assert first_of(chosen, {}, {}) == first_of(fitting(Change(sizes, backwards).scores(), out), {}, {})

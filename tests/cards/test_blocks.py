import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.blocks import mark, merge

PIECES = [
    *(f"<!-- giveback:generated {name} 00000000 -->\n" for name in "ab"),
    *(f"<!-- /giveback:generated {name} -->" for name in "ab"),
    mark("a", "x"),
    "words\n",
]
"""What a card's text may be made of as far as blocks are concerned."""


def test_a_part_that_is_new_is_put_after_the_one_before_it() -> None:
    old = f"intro\n\n{mark('a', 'one')}\n\nwords\n"
    new = f"{mark('a', 'one')}\n\n{mark('b', 'two')}"
    text = merge(old, new).text
    assert text.index("one") < text.index("two") < text.index("words")


def test_a_part_that_was_emptied_stays_away() -> None:
    emptied = mark("a", "one").replace("one\n", "")
    merged = merge(emptied, mark("a", "one"))
    assert "one" not in merged.text
    assert merged.kept == ("a",)


@pytest.mark.parametrize(
    "existing",
    [
        "<!-- giveback:generated a 00000000 -->\n" * 25_000,
        "".join(f"<!-- giveback:generated {'a' * (n % 500 + 1)} 00000000 -->\n" for n in range(3000)),
        "<!-- /giveback:generated a -->" * 30_000 + "<!-- giveback:generated a 00000000 -->\n" * 25_000,
        "<!-- giveback:generated " + "a-" * 500_000,
    ],
    ids=["never closed", "many names", "closed before", "long name"],
)
@pytest.mark.timeout(30)
def test_a_hostile_card_is_merged_in_one_pass(existing: str) -> None:
    merged = merge(existing, mark("a", "new"))
    assert merged.text.startswith(existing.rstrip())
    assert merged.kept == ()


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_merging_finds_the_blocks_a_lazy_expression_would(existing: str) -> None:
    lazy = re.compile(
        r"<!-- giveback:generated (?P<name>[a-z-]+) (?P<digest>[0-9a-f]{8}) -->\n.*?"
        r"<!-- /giveback:generated (?P=name) -->",
        re.DOTALL,
    )
    expected = [match["name"] for match in lazy.finditer(existing) if match[0] != mark(match["name"], "x")]
    merged = merge(existing, "", lasting=("a", "b"))
    assert list(merged.kept) == expected
    assert merged.text == existing.rstrip() + "\n"

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.cards.excerpt import excerpt

TEXT = st.lists(
    st.sampled_from(["`", "```\n", "a", "\n", "~~~\n", "</details>\n", "    ", "````python\n"])
).map("".join)


def test_a_card_with_room_is_shown_whole() -> None:
    shown = excerpt("# A\n\n````\nx\n````\n", 1000)
    assert (shown.text, shown.fence, shown.is_cut) == ("# A\n\n````\nx\n````\n", "`````", False)


def test_a_card_without_room_is_cut_between_lines() -> None:
    shown = excerpt("one\ntwo\nthree\n", 8 + 9)
    assert (shown.text, shown.is_cut) == ("one\ntwo\n", True)
    assert excerpt("`" * 500, 100).text == ""


@given(TEXT, st.integers(8, 60))
def test_no_line_of_the_card_ends_the_fence_and_all_fits(card: str, room: int) -> None:
    shown = excerpt(card, room)
    assert card.startswith(shown.text)
    assert shown.is_cut == (shown.text != card)
    assert len(shown.text) + 2 * len(shown.fence) <= room
    fenced, after = MarkdownIt().parse(f"{shown.fence}markdown\n{shown.text}\n{shown.fence}\n\n# After\n")[:2]
    assert fenced.type == "fence"
    assert fenced.content == f"{shown.text}\n"
    assert after.type == "heading_open"

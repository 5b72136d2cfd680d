from xml.dom.minidom import Element, parseString

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plots import Bar, Series, bar_chart, line_chart

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def drawn(picture: str, tag: str) -> list[Element]:
    return list(parseString(picture).getElementsByTagName(tag))


def test_a_line_goes_through_its_points_from_left_to_right() -> None:
    picture = line_chart("Loss", [Series("loss", [(0, 2), (10, 1), (20, 0)])], x_label="step", y_label="loss")
    (line,) = drawn(picture, "polyline")
    points = [tuple(map(float, point.split(","))) for point in line.getAttribute("points").split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points), "down on a page is more"


def test_words_cannot_become_markup() -> None:
    evil = '</svg><script>alert("x")</script>'
    pictures = [
        line_chart(evil, [Series(evil, [(0, 1), (1, 2)])], x_label=evil, y_label=evil),
        bar_chart(evil, [Bar(evil, 1, evil)]),
    ]
    for picture in pictures:
        assert drawn(picture, "script") == []
        assert len(drawn(picture, "svg")) == 1


def test_a_bar_is_as_long_as_its_share_of_the_most() -> None:
    picture = bar_chart("Results", [Bar("a", 0.5, "0.5"), Bar("b", 1, "1"), Bar("c", 0, "0")], most=1)
    lengths = [float(bar.getAttribute("width")) for bar in drawn(picture, "rect")[1:]]
    assert lengths[0] == lengths[1] / 2
    assert lengths[2] == 0


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        line_chart("x", [Series("a", [(0, float("nan"))])], x_label="x", y_label="y")
    for bars in ([], [Bar("a", -1, "-1")], [Bar("a", float("inf"), "")]):
        with pytest.raises(ValueError, match="from zero up"):
            bar_chart("x", bars)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_any_numbers_make_the_same_picture_twice(points: list[tuple[float, float]]) -> None:
    def picture() -> str:
        return line_chart("x", [Series("a", points)], x_label="x", y_label="y")

    assert picture() == picture()
    for circle in drawn(picture(), "circle"):
        assert 0 <= float(circle.getAttribute("cx")) <= 640
        assert 0 <= float(circle.getAttribute("cy")) <= 320

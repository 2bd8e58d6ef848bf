"""The underlying against the strikes, without a label upon another."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from botd.web.report.data import ReportDay, SpotSeries
from botd.web.report.markup import Element
from botd.web.report.spot_chart import spot_figure
from tests.web.report import demo
from tests.web.report.trees import find, text_of, texts, value


def figure(series: SpotSeries, day: ReportDay | None = None) -> Element:
    """Draw an underlying of the demo day."""
    return spot_figure(series, day or demo.demo_day())


def wide(drawn: Element) -> Element:
    """Give the picture for a desk."""
    (part,) = find(drawn, "div", "wide")
    return find(part, "svg")[0]


def strikes_of(picture: Element) -> list[str]:
    """Give the strikes that are named, from above."""
    return [text for text in texts(picture, "mark") if text[0].isdigit()]


def test_attempts_and_close_are_marked_with_the_spot_of_their_instant() -> None:
    """The three attempts and the bell, each with where the underlying stood."""
    marks = texts(wide(figure(demo.spot_series())), "mark")

    assert ["T-10  749.62", "T-5  749.10", "T-1  747.75", "close  748.40"] == [
        mark for mark in marks if not mark[0].isdigit()
    ]


def test_a_phone_gets_shorter_labels() -> None:
    """On a narrow screen the marks have no price, and strikes nothing beside them."""
    (part,) = find(figure(demo.spot_series()), "div", "narrow")
    said = texts(part)

    assert {"T-10", "T-5", "T-1", "close", "750"} <= set(said)
    assert not [text for text in said if "P" in text]


def test_near_strikes_are_drawn_and_far_ones_are_told() -> None:
    """What would press the path flat is told in words."""
    drawn = figure(demo.spot_series())
    (caption,) = find(drawn, "figcaption")

    assert ["752.5", "750", "747.5", "745"] == strikes_of(wide(drawn))
    assert "2 strikes below the picture: 740 to 742.5." in text_of(caption)
    assert "3 strikes above the picture: 755 to 760." in text_of(caption)
    assert "official close 748.40" in text_of(caption)


def test_what_stands_at_a_strike_is_beside_it() -> None:
    """Sold and bought contracts by right, as opened."""
    day = demo.demo_day(demo.closed_at_second_step(), demo.partly_left(), demo.long_call_sold())
    said = texts(wide(figure(demo.spot_series(), day)))

    assert "\N{MINUS SIGN}10P +1P" in said
    assert "+1C +10P" in said


def test_another_underlyings_contracts_are_not_counted() -> None:
    """Two underlyings may have the same strike."""
    drawn = figure(replace(demo.spot_series(), underlying="GOOGL"))

    assert not [text for text in texts(wide(drawn)) if text.endswith("P")]


def test_no_strike_near_shows_the_nearest() -> None:
    """A picture without any strike would not say where one stands."""
    drawn = figure(demo.spot_series(("760", "770")))

    assert ["760"] == strikes_of(wide(drawn))
    assert "1 strike above the picture: 770." in text_of(drawn)


def test_all_strikes_too_far() -> None:
    """A strike at half the price is only told."""
    assert [] == strikes_of(wide(figure(demo.spot_series(("400",)))))


@pytest.mark.parametrize(
    "step", [pytest.param("0.5", id="half dollars"), pytest.param("0.05", id="nickels")]
)
def test_strike_labels_keep_apart(step: str) -> None:
    """However dense the strikes, their names can be read; the nearest are named."""
    levels = tuple(str(Decimal(740) + Decimal(step) * index) for index in range(400))
    for picture in find(figure(demo.spot_series(levels)), "svg"):
        named = [m for m in find(picture, "text", "mark") if text_of(m)[0].isdigit()]
        places = [float(value(name, "y")) for name in named]

        assert len(places) > 10
        assert all(after - before >= 14.8 for before, after in pairwise(places))
        assert "748.5" in [text_of(name) for name in named]


def test_attempts_outside_the_picture_are_told() -> None:
    """Counted back from a broker's earlier cut-off, an attempt may lie before it."""
    entry = demo.closed_at_second_step()
    early = replace(
        entry.attempts[0], lead="C-10", due_at=demo.CLOSES_AT - timedelta(minutes=55), orders=()
    )
    by_hand = replace(entry.attempts[0], lead="by hand")
    day = demo.demo_day(replace(entry, attempts=(early, by_hand)))
    drawn = figure(demo.spot_series(), day)

    assert "Outside the picture: C-10 12:05." in text_of(drawn)
    assert not [text for text in texts(wide(drawn)) if "by hand" in text]


def test_no_spot_is_said() -> None:
    """Without a price there is a sentence instead of an empty picture."""
    drawn = figure(SpotSeries("GOOG", (), ()))

    assert [] == find(drawn, "svg")
    assert "No spot of GOOG is known between 12:30 and 13:10 New York." in text_of(drawn)


def test_no_official_close_is_said() -> None:
    """A close that is not known is not the last point."""
    drawn = figure(replace(demo.spot_series(), official_close=None))

    assert "the official close is not known" in text_of(drawn)


def test_a_mark_before_the_first_price_has_none() -> None:
    """No price is invented for an attempt before anything is known."""
    late = tuple(point for point in demo.spot_series().points if point[0] > demo.CLOSES_AT)
    marks = texts(wide(figure(replace(demo.spot_series(), points=late))), "mark")

    assert {"T-10", "T-5", "T-1", "close"} <= set(marks)


def test_a_still_market_is_a_line() -> None:
    """A price that never moves has a picture, too."""
    still = SpotSeries("GOOG", ((demo.T10, Decimal(750)), (demo.T5, Decimal(750))), ())

    assert 1 == len(find(wide(figure(still, demo.demo_day(demo.quiet(1)))), "path", "spot-line"))


def test_a_dense_path_keeps_its_extremes() -> None:
    """Trade by trade is thinned, without losing the lowest and highest."""
    begin = demo.CLOSES_AT - timedelta(minutes=25)
    points = tuple(
        (begin + timedelta(milliseconds=500 * index), Decimal(750) + index % 7)
        for index in range(2400)
    )
    spike = (begin + timedelta(seconds=300, milliseconds=1), Decimal(790))
    dense = tuple(sorted((*points, spike)))

    (path,) = find(wide(figure(SpotSeries("GOOG", dense, ()))), "path", "spot-line")
    numbers = [float(n) for n in value(path, "d").removeprefix("M").replace("L", " ").split()]

    assert len(numbers) < 1000
    assert 1 == len([y for y in numbers[1::2] if y < max(numbers[1::2]) / 2])

"""Each mark of a ladder stands where and when it happened."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from botd.domain.orders import OrderStatus
from botd.web.report.data import PackagePoint, ReportAttempt, ReportPosition
from botd.web.report.ladder_chart import ladder_panel
from botd.web.report.ladder_frame import price_range
from botd.web.report.markup import Element
from tests.web.report import demo
from tests.web.report.trees import find, texts, value


def panel(entry: ReportPosition, index: int = 0) -> Element:
    """Draw one attempt of a position."""
    shown = price_range(entry)
    assert shown is not None
    return ladder_panel(entry.attempts[index], entry, shown)


def strokes(picture: Element, class_: str) -> list[list[float]]:
    """Give the polylines of a path, each as its numbers."""
    paths = [value(path, "d") for path in find(picture, "path", class_)]
    return [
        [float(number) for number in stroke.replace("L", " ").split()]
        for path in paths
        for stroke in path.split("M")[1:]
    ]


def only(entry: ReportPosition, tried: ReportAttempt) -> ReportPosition:
    """Give a position with this attempt alone."""
    return replace(entry, attempts=(tried,))


def test_steps_walk_down_in_time() -> None:
    """Each order is a line from its sending to its end, at its price, with its number."""
    picture = panel(demo.closed_at_second_step())
    first, second = strokes(picture, "order")

    assert ["1", "2"] == texts(picture, "step")
    assert first[0] < first[2] == second[0] < second[2]
    assert first[1] == first[3] < second[1]  # worse for the account is lower on the screen


def test_fills_are_marked_and_named() -> None:
    """A fill stands at its instant and price, with its units."""
    picture = panel(demo.closed_at_second_step())

    assert ["1 at 4.85"] == texts(picture, "fill-label")
    assert 1 == len(find(picture, "path", "fill"))


def test_a_late_fill_is_named_to_its_left() -> None:
    """A label that would leave the picture stands on the other side."""
    entry = demo.by_market()
    order = entry.attempts[0].orders[0]
    late = tuple(replace(fill, filled_at=demo.T10 + timedelta(seconds=70)) for fill in order.fills)
    tried = replace(entry.attempts[0], orders=(replace(order, fills=late),))
    (label,) = find(panel(only(entry, tried)), "text", "fill-label")

    assert "end" == value(label, "text-anchor")


def test_a_refusal_is_crossed_and_named() -> None:
    """A refusal has its own mark and word, not only a colour."""
    picture = panel(demo.refused())

    assert 1 == len(find(picture, "path", "refused"))
    assert ["refused"] == texts(picture, "bad-label")


def test_a_refusal_at_the_right_edge_is_named_to_its_left() -> None:
    """Its word stays inside the picture."""
    entry = demo.refused()
    first = demo.order(demo.T10, 1, "-0.60", OrderStatus.SUPERSEDED, after=1, lasts=50)
    late = replace(
        entry.attempts[0].orders[0],
        submitted_at=demo.T10 + timedelta(seconds=51),
        finished_at=demo.T10 + timedelta(seconds=51),
    )
    tried = replace(entry.attempts[0], orders=(first, late))
    (label,) = find(panel(only(entry, tried)), "text", "bad-label")

    assert "end" == value(label, "text-anchor")


def test_a_far_cap_is_an_arrow() -> None:
    """What lies outside the picture is named at its edge."""
    assert ["cap ↓"] == texts(panel(demo.refused()), "cap-label")


def test_a_high_cap_points_up() -> None:
    """The arrow points to where the cap lies."""
    entry = demo.refused()
    order = replace(entry.attempts[0].orders[0], cap=Decimal(9))

    picture = panel(only(entry, replace(entry.attempts[0], orders=(order,))))

    assert ["cap ↑"] == texts(picture, "cap-label")
    assert [] == find(picture, "path", "cap")


def test_a_near_cap_is_one_line_for_all_orders_under_it() -> None:
    """Orders under the same cap share its line; another cap is another line."""
    entry = demo.long_call_sold()
    first, *others = entry.attempts[0].orders
    moved = replace(entry.attempts[0], orders=(replace(first, cap=Decimal("2.50")), *others))

    assert 1 == len(strokes(panel(entry), "cap"))
    assert 2 == len(strokes(panel(only(entry, moved)), "cap"))


def test_unknown_fate_is_dashed_to_the_bell() -> None:
    """An order of unknown fate may live until the close."""
    picture = panel(demo.unknown_fate())
    (unsure,) = strokes(picture, "unsure")
    (bell,) = find(picture, "line", "bell")

    assert float(value(bell, "x1")) == unsure[2]
    assert ["close"] == texts(picture, "mark")


def test_without_a_close_an_order_goes_on_to_the_edge() -> None:
    """Where no close is known there is no bell, and the line does not stop."""
    entry = demo.unknown_fate()
    endless = replace(entry, position=replace(entry.position, closes_at=None))
    picture = panel(endless)

    assert [] == find(picture, "line", "bell")
    assert 326 == strokes(picture, "unsure")[0][2]


def test_a_market_order_stands_where_it_was_filled() -> None:
    """At market there is no limit to draw."""
    ((_, y, _, _),) = strokes(panel(demo.by_market()), "order")
    (fill,) = strokes(panel(demo.by_market()), "fill")

    assert fill[3] == y


def test_what_never_left_is_not_drawn() -> None:
    """An intent that was withdrawn has no line, and an unfilled market order no price."""
    entry = demo.closed_at_second_step()
    first, second = entry.attempts[0].orders
    unsent = replace(first, submitted_at=None, finished_at=None, status=OrderStatus.WITHDRAWN)
    unfilled = replace(second, net_price=None, average_net_price=None, fills=())
    kept = only(entry, replace(entry.attempts[0], orders=(unsent, unfilled)))

    assert [] == strokes(panel(kept), "order")


def test_steps_at_one_price_do_not_write_over_each_other() -> None:
    """Two numbers at the same place would be one blot; the first stays."""
    entry = demo.capped()
    steps = [
        demo.order(demo.T10, step, "-5.00", OrderStatus.SUPERSEDED, after=step, lasts=1)
        for step in (1, 2, 3)
    ]
    picture = panel(only(entry, replace(entry.attempts[0], orders=tuple(steps))))

    assert ["1"] == texts(picture, "step")
    assert 3 == len(strokes(picture, "order"))


def test_quotes_are_stairs_that_break_where_a_side_is_missing() -> None:
    """A side that nobody quotes is a gap, never a line to zero."""
    entry = demo.closed_at_second_step()
    sides = (("-5.00", "-4.00"), ("-5.00", "-3.90"), (None, "-4.00"), ("-4.90", "-4.10"))
    market = tuple(
        PackagePoint(
            demo.T10 + timedelta(seconds=12 * index),
            None if bid is None else Decimal(bid),
            Decimal(ask),
        )
        for index, (bid, ask) in enumerate(sides)
    )
    picture = panel(replace(entry, market=market))

    assert [4, 4] == [len(stroke) for stroke in strokes(picture, "bid")]
    assert 1 == len(strokes(picture, "ask"))
    assert 3 == len(strokes(picture, "band"))


def test_a_last_quote_without_a_side_ends_its_stairs() -> None:
    """A side that vanishes in the end is not drawn on, nor named."""
    entry = demo.closed_at_second_step()
    market = (
        PackagePoint(demo.T10, Decimal("-5.00"), Decimal("-4.00")),
        PackagePoint(demo.T10 + timedelta(seconds=20), None, None),
    )
    picture = panel(replace(entry, market=market))

    assert [4] == [len(stroke) for stroke in strokes(picture, "ask")]
    assert [] == [*texts(picture, "ask-label"), *texts(picture, "bid-label")]


def test_without_quotes_the_orders_stand_alone() -> None:
    """No quotes, no lines for them."""
    picture = panel(demo.no_quote())

    assert [] == strokes(picture, "bid") + strokes(picture, "ask") + strokes(picture, "band")
    assert 1 == len(strokes(picture, "order"))


def test_quotes_after_the_window_are_not_drawn() -> None:
    """What was quoted when it was over does not belong to the picture."""
    entry = demo.closed_at_second_step()
    later = PackagePoint(demo.CLOSES_AT, Decimal("-5.00"), Decimal("-4.00"))

    assert [] == strokes(panel(replace(entry, market=(later,))), "bid")


def test_many_quotes_are_at_most_one_per_pixel() -> None:
    """A second-by-second day keeps the picture small; the last quote is kept."""
    entry = demo.long_call_sold()
    market = tuple(
        PackagePoint(
            demo.T10 + timedelta(milliseconds=100 * index),
            Decimal("4.30") + index % 2 * Decimal("0.05"),
            Decimal("5.10"),
        )
        for index in range(3000)
    )
    (stairs,) = strokes(panel(replace(entry, market=market)), "bid")

    assert len(stairs) < 800


def test_edge_labels_keep_apart() -> None:
    """Bid, ask and cap at one price are still three readable words."""
    entry = demo.closed_at_second_step()
    market = (PackagePoint(demo.T10, Decimal("-5.00"), Decimal("-5.00")),)
    picture = panel(replace(entry, market=market))
    names = [n for kind in ("bid", "ask", "cap") for n in find(picture, "text", f"{kind}-label")]
    places = sorted(float(value(name, "y")) for name in names)

    assert 3 == len(places)
    assert all(after - before >= 11.9 for before, after in pairwise(places))


def test_axes_name_their_units() -> None:
    """Prices say pay or get, times are New York's, and up is better for us."""
    picture = panel(demo.closed_at_second_step())

    assert {"pay 3.00", "pay 4.00", "pay 5.00", "12:50:00", "12:50:30"} <= set(texts(picture))
    assert ["better for us ↑"] == texts(picture, "faint")


def test_minutes_where_seconds_do_not_matter() -> None:
    """A picture of minutes has times of minutes."""
    assert "12:52" in texts(panel(demo.long_call_sold()))

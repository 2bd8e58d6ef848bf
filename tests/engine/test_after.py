"""When the close is judged, and by what."""

import pytest

from botd.engine import after
from tests.engine.given import Day, Days, position
from tests.engine.market import instant, market

PUT = {"750P": "0.05/0.10"}


@pytest.fixture
def day(open_day: Days) -> Day:
    """Open a day after T, out of the money, whose close is not told."""
    found = open_day(
        market("755", PUT, official="755"), position("p", "-1 750P"), begins="18:00:01"
    )
    found.broker.hides_close_until = instant("19:00")
    found.start()
    return found


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        pytest.param((), "18:00:05", id="five seconds after the bell"),
        pytest.param(("18:00:05",), "18:00:35", id="then every half minute"),
        pytest.param(("18:19:45",), "18:20:00", id="and at the end of patience itself"),
        pytest.param(("18:20:00",), "18:20:30", id="after which it goes on"),
    ],
)
def test_next_look(day: Day, judged: tuple[str, ...], expected: str) -> None:
    """Soon, then now and then, and on time."""
    for at in judged:
        day.desk.judged_at = instant(at)

    assert instant(expected) == after.next_at(day.desk, day.clock.now())
    assert not after.is_due(day.desk, day.clock.now())


def test_nothing_is_judged_twice_at_once(day: Day) -> None:
    """Whoever is at it has it; the summary waits for him."""
    day.clock_to("18:20:01")
    day.desk.is_judging = True
    day.run(after.judge(day.desk))

    assert "open" == day.position("p").status.value
    assert not after.is_due(day.desk, day.clock.now())

    async def free() -> None:
        await day.clock.sleep_until(instant("18:20:03"))
        day.desk.is_judging = False

    async def both() -> None:
        day.run_later(free())
        await after.judge_all(day.desk)

    day.run(both())

    assert "expired" == day.position("p").status.value


def test_order_that_ends_the_position_leaves_nothing_to_judge(open_day: Days) -> None:
    """Its last fill is found after the bell."""
    day = open_day(market("748", {"750P": "2.40/2.60"}), position("p", "-1 750P"))
    day.start()
    day.leave_unknown(day.intent("p", "+1 750P", net_price="-2.60"))
    day.run(day.broker.submit(day.intent("p", "+1 750P", net_price="-2.60")))
    day.clock_to("18:00:06")
    day.run(after.judge(day.desk))

    assert "closed" == day.position("p").status.value


def test_close_that_cannot_be_read_is_waited_for(day: Day) -> None:
    """An error is no close."""
    day.clock_to("18:00:05")
    day.befall("unavailable", "18:00", seconds=60)
    day.run(after.judge(day.desk))

    assert "open" == day.position("p").status.value


def test_position_that_never_stops_trading_has_no_close(open_day: Days) -> None:
    """Asking for it is a bug."""
    day = open_day(market("755"), position("p", "+100 shares"))
    day.start()

    assert after.next_at(day.desk, day.clock.now()) is None

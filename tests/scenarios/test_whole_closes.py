"""A broker whose close takes the whole of a contract, or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.position import Position
from tests.engine.given import Days, position
from tests.engine.market import market

PUT = {"750P": "2.40/2.60"}
WHOLE = replace(PAPER_CARD, closes_whole=True)
THREE = position("p", "-1 750P", units=3)
TWO_OTHERS = position("q", "-1 750P", units=2)


@pytest.mark.parametrize(
    ("book", "asked", "words"),
    [
        pytest.param((THREE,), {"units": 1}, "all 3 ", id="one unit of three"),
        pytest.param((THREE, TWO_OTHERS), {}, "all 5 ", id="one of two positions in a contract"),
    ],
)
def test_who_asks_for_a_part_is_told_before_anything_is_sent(
    open_day: Days, book: tuple[Position, ...], asked: dict[str, object], words: str
) -> None:
    """It would close what nobody asked for; the answer comes at once, in plain words."""
    day = open_day(market("748", PUT), *book, card=WHOLE)
    told: list[Any] = []
    day.at("17:40", lambda: told.append(day.close("p", **asked)))

    day.play("17:41")

    [answer] = [day.command(one) for one in told]
    assert not answer["done"]
    assert answer["message"].startswith("nothing was sent: this broker closes " + words)
    assert "leave --quantity and --percent out" in answer["message"]
    assert () == day.orders("p")


def test_the_whole_of_a_position_is_closed(open_day: Days) -> None:
    """Nothing else is held of its contract: that is what the person asked for."""
    day = open_day(market("748", PUT), THREE, card=WHOLE)
    told: list[Any] = []
    day.at("17:40", lambda: told.append(day.close("p")))

    day.play("17:43")

    assert [True] == [day.command(one)["done"] for one in told]
    assert {} == day.held()


def test_elsewhere_a_part_is_closed(open_day: Days) -> None:
    """What a broker can do by parts is done."""
    day = open_day(market("748", PUT), THREE)
    told: list[Any] = []
    day.at("17:40", lambda: told.append(day.close("p", units=1)))

    day.play("17:43")

    assert [1] == [day.command(one)["filled_units"] for one in told]

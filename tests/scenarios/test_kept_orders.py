"""Orders that an earlier attempt left working, and what happens to them meanwhile."""

from collections import Counter
from dataclasses import replace

from botd.brokers.paper.card import PAPER_CARD
from botd.domain.bot import Pricing
from botd.domain.position import Position
from tests.engine.given import Days, bot, position
from tests.engine.market import instant, market, symbol

# Short of the natural price: every step is another one, and none of them fills.
NEVER_FILLS = bot(pricing=Pricing(final_price=80))
TEN = replace(PAPER_CARD, requests_per_minute=10)


def test_closed_positions_were_shown_as_mismatch(open_day: Days) -> None:
    """Kept orders filled, the list of orders lagged ten seconds behind the account."""
    book = [position(f"p{n:03d}", "-1 750P") for n in range(8)]
    cheaper = {"750P": {"17:20": "2.00/3.00", "17:58:57": "2.00/2.50"}}
    day = open_day(market("748", cheaper, size=3), *book, rules=NEVER_FILLS, card=TEN)
    day.broker.list_stands = (instant("17:58:56"), instant("17:59:08"))
    day.play("17:59:50")

    ends = Counter((now.managed_by.value, now.units_open) for now in map(day.position, names(book)))
    assert {"bot"} == {manager for manager, _ in ends}
    assert ends["bot", 1] == -day.held()[symbol("750P")]
    assert 3 <= ends["bot", 0]


def test_a_closed_position_was_shown_as_assigned(open_day: Days) -> None:
    """Its kept order filled; the list of orders lagged ten seconds behind the account."""
    book = [position(f"p{n:03d}", "-1 750P") for n in range(7)]
    book.append(position("own", "-1 745P"))
    cheaper: dict[str, dict[str, str] | str] = {
        "750P": "2.00/3.00",
        "745P": {"17:20": "2.00/3.00", "17:58:57": "2.00/2.50"},
    }
    day = open_day(market("744", cheaper, size=3), *book, rules=NEVER_FILLS, card=TEN)
    day.broker.list_stands = (instant("17:58:56"), instant("17:59:08"))
    day.play("17:59:50")

    own = day.position("own")
    assert ("closed", "bot", None) == (own.status.value, own.managed_by.value, own.assignment)
    assert "assigned" not in day.words()


def test_a_close_was_sent_again_after_the_broker_had_rejected_it(open_day: Days) -> None:
    """A kept order was rejected in the last minute: that is a refusal like any other."""
    book = [position(f"p{n:03d}", "-1 750P") for n in range(7)]
    book.append(position("own", "-1 745P"))
    wide = {"750P": "2.00/3.00", "745P": "2.00/3.00"}
    day = open_day(market("744", wide), *book, rules=NEVER_FILLS, card=TEN)
    day.befall("reject", "17:57", "-1 745P", seconds=65, message="risk says no")
    day.play("17:59:58")

    assert ("assigned", "manual") == (
        day.position("own").status.value,
        day.position("own").managed_by.value,
    )
    assert "refused" == day.statuses("own")[-1]


def names(book: list[Position]) -> list[str]:
    """Give the ids of positions."""
    return [one.id for one in book]

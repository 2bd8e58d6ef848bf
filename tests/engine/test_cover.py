"""What an account has left for one accepted assignment."""

from decimal import Decimal

import pytest

from botd.domain.position import Policy, Position
from botd.engine.cover import free_for
from botd.engine.reads import read_account
from tests.engine.given import Days, position
from tests.engine.market import market

OLD = "12-10 15:00"


@pytest.mark.parametrize(
    ("others", "shares", "cash"),
    [
        pytest.param((), 100, 100_000, id="nobody else"),
        pytest.param(
            (position("o", "-1 750P", policy=Policy.ACCEPT, opened_at=OLD),),
            100,
            25_000,
            id="an older put has the first claim on the cash",
        ),
        pytest.param(
            (position("o", "-1 750P", policy=Policy.ACCEPT, opened_at="12-20 15:00"),),
            100,
            100_000,
            id="a younger one comes after",
        ),
        pytest.param(
            (position("o", "-1 750P", opened_at=OLD),), 100, 100_000, id="one that is closed"
        ),
        pytest.param(
            (position("o", "-1 750C", policy=Policy.ACCEPT, opened_at=OLD),),
            0,
            100_000,
            id="an older call counts on the shares",
        ),
        pytest.param(
            (position("o", "+100 shares", "-1 750C", policy=Policy.ACCEPT, opened_at=OLD),),
            100,
            100_000,
            id="a covered call has its own",
        ),
        pytest.param(
            (position("o", "+100 shares", policy=Policy.ACCEPT, opened_at=OLD),),
            100,
            100_000,
            id="shares alone need nothing",
        ),
        pytest.param(
            (position("o", "-1 KO 60C", policy=Policy.ACCEPT, opened_at=OLD),),
            100,
            100_000,
            id="another underlying's shares are not ours",
        ),
    ],
)
def test_free_for(open_day: Days, others: tuple[Position, ...], shares: int, cash: int) -> None:
    """Shares and cash that no older position counts on."""
    own = position("p", "-1 750P", policy=Policy.ACCEPT)
    day = open_day(market("748"), own, *others)
    day.broker.book({"GOOG": 100})
    day.start()
    facts = day.run(read_account(day.desk))

    assert (shares, Decimal(cash)) == free_for(day.desk, day.position("p"), facts)


def test_cash_that_the_broker_does_not_tell_stays_unknown(open_day: Days) -> None:
    """Nothing is taken from what is not known."""
    other = position("o", "-1 750P", policy=Policy.ACCEPT, opened_at=OLD)
    day = open_day(market("748"), position("p", "-1 750P", policy=Policy.ACCEPT), other)
    day.broker.hides_cash = True
    day.start()

    assert (0, None) == free_for(day.desk, day.position("p"), day.run(read_account(day.desk)))

"""What a person tells of an end, against what is known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain import override
from botd.domain.plausible import against_expiry, refuse_wrong_way
from botd.domain.position import ClosedBy, How, ManualReason
from tests.cli.book import NOW, position, spread

SHORT = "-1 GOOG151224P00750000"
LONG = "+1 GOOG151224P00750000"


@pytest.mark.parametrize(
    ("held", "how", "price", "words"),
    [
        pytest.param(SHORT, How.CLOSED, "0.45", "buying back a short costs", id="short closed"),
        pytest.param(SHORT, How.SETTLED, "0.01", "settling a short costs", id="short settled"),
        pytest.param(LONG, How.CLOSED, "-0.45", "selling a long brings money", id="long closed"),
        pytest.param(LONG, How.SETTLED, "-1", "settling a long brings money", id="long settled"),
    ],
)
def test_a_price_of_the_wrong_sign(held: str, how: How, price: str, words: str) -> None:
    """The words tell what was meant."""
    meant = str(-Decimal(price))

    with pytest.raises(ValueError, match=f"^{words}: write --net-price {meant}$"):
        refuse_wrong_way(position("a", held), how, Decimal(price))


@pytest.mark.parametrize(
    ("held", "how", "price"),
    [
        pytest.param((SHORT,), How.CLOSED, "-0.45", id="a short is bought back"),
        pytest.param((LONG,), How.CLOSED, "0.45", id="a long is sold"),
        pytest.param((SHORT,), How.CLOSED, "0", id="for nothing"),
        pytest.param((SHORT,), How.CLOSED, None, id="not known"),
        pytest.param((SHORT,), How.ASSIGNED, "2", id="an assignment with its shares"),
        pytest.param((SHORT, "+1 GOOG151224P00745000"), How.CLOSED, "0.45", id="spread, credit"),
        pytest.param((SHORT, "+1 GOOG151224P00745000"), How.CLOSED, "-0.45", id="spread, debit"),
        pytest.param(("+100 GOOG", "-1 GOOG151224C00760000"), How.CLOSED, "740", id="covered"),
    ],
)
def test_a_price_that_may_be(held: tuple[str, ...], how: How, price: str | None) -> None:
    """Longs and shorts together may end either way."""
    found = position("a", *held)

    assert None is refuse_wrong_way(found, how, None if price is None else Decimal(price))  # type: ignore[func-returns-value]  # it does not raise


def test_what_is_gone_at_an_unknown_price_has_its_sign_too() -> None:
    """Units whose end is told anew were whole."""
    gone = override.book_gone(position("a", SHORT), How.CLOSED, ClosedBy.OTHER, NOW)

    with pytest.raises(ValueError, match="buying back"):
        refuse_wrong_way(gone, How.CLOSED, Decimal("0.45"))


def test_what_has_ended_has_no_sign() -> None:
    """That it has ended is for others to tell."""
    ended = override.resolve(override.take(position("a", SHORT), NOW), How.EXPIRED, None, NOW)

    assert None is refuse_wrong_way(ended, How.CLOSED, Decimal("0.45"))  # type: ignore[func-returns-value]  # it does not raise


@pytest.mark.parametrize(
    ("spot", "expected"),
    [
        pytest.param("750", None, id="at the strike"),
        pytest.param(None, None, id="not known"),
        pytest.param(
            "743",
            "GOOG 750P was in the money by 7 at the last known spot 743",
            id="both inside, the deeper one is named",
        ),
    ],
)
def test_the_last_spot_speaks_against_an_expiry(spot: str | None, expected: str | None) -> None:
    """What was in the money is not worthless."""
    assert expected == against_expiry(spread(), None if spot is None else Decimal(spot))


def test_a_later_leg_speaks_against_nothing() -> None:
    """Only what stops trading first expires."""
    calendar = position("a", "-1 GOOG151224P00740000", "+1 GOOG160115P00760000")

    assert None is against_expiry(calendar, Decimal(750))


@pytest.mark.parametrize(
    ("reason", "fact", "expected"),
    [
        pytest.param(
            ManualReason.UNRESOLVED,
            "GOOG 750P ended in the money by 2.00 (official close 748)",
            True,
            id="judged in the money",
        ),
        pytest.param(
            ManualReason.UNRESOLVED, "no closing price of GOOG is known", False, id="not known"
        ),
        pytest.param(
            ManualReason.REFUSED, "GOOG 750P ended in the money ", False, id="another reason"
        ),
    ],
)
def test_the_judgement_speaks_against_an_expiry(
    reason: ManualReason, fact: str, *, expected: bool
) -> None:
    """How it was judged after the close goes before any spot."""
    found = replace(position("a", SHORT), manual_reason=reason, fact=fact)

    assert (fact if expected else None) == against_expiry(found, None)

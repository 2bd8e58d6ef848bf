from datetime import timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.faults import Fault, FaultKind, fault_of
from botd.errors import ConfigError, Refusal, RefusalReason
from tests.brokers.paper.day import PUT_745, PUT_750, instant, legs

SPREAD = legs((PUT_745, 1), (PUT_750, -1))
AT = instant("17:50")


def test_scenario_word_becomes_a_fault() -> None:
    """A fault takes the position's legs, or the one leg named."""
    fault = fault_of("liquidate_leg", AT, SPREAD, leg=PUT_745, units=2)

    assert Fault(FaultKind.LIQUIDATE_LEG, AT, legs((PUT_745, 1)), 2, refusal=fault.refusal) == fault


def test_refusal_has_the_usual_words_unless_given() -> None:
    """Reason alone is enough; message and code replace the usual ones."""
    usual = fault_of("refuse", AT, SPREAD, reason=RefusalReason.ASSIGNMENT_LOCK)
    given = fault_of("refuse", AT, SPREAD, message="no", code="7")

    assert (
        Refusal(
            RefusalReason.ASSIGNMENT_LOCK,
            f"active assignment lock on {PUT_745}, cannot close all long options",
            "40310000",
            403,
        )
        == usual.refusal
    )
    assert Refusal(RefusalReason.OTHER, "no", "7", 403) == given.refusal


def test_lateness_and_price_are_kept() -> None:
    """Durations and prices go over as they are."""
    late = fault_of("answer_late", AT, (), late=timedelta(seconds=3))
    exit_ = fault_of("resting_exit", AT, SPREAD, net_price=Decimal("-0.05"))

    assert (timedelta(seconds=3), ()) == (late.duration, late.legs)
    assert Decimal("-0.05") == exit_.net_price


@pytest.mark.parametrize(
    ("do", "leg", "words"),
    [
        pytest.param("explode", None, "'explode' is not among the faults: refuse", id="word"),
        pytest.param("gone", "GOOG", "gone: 'GOOG' is no leg of the position", id="leg"),
    ],
)
def test_what_no_scenario_can_mean(do: str, leg: str | None, words: str) -> None:
    """An unknown word or leg is a fault of the file."""
    with pytest.raises(ConfigError, match=words):
        fault_of(do, AT, SPREAD, leg=leg)


@pytest.mark.parametrize(
    ("symbols", "now", "expected"),
    [
        pytest.param({PUT_750}, "17:50", True, id="one of its legs, at its instant"),
        pytest.param({PUT_750}, "17:49:59", False, id="a second early"),
        pytest.param({"GOOG"}, "17:51", False, id="another contract"),
    ],
)
def test_whom_a_fault_befalls(symbols: set[str], now: str, expected: bool) -> None:  # noqa: FBT001
    """A fault befalls orders of its legs from its instant on."""
    fault = fault_of("refuse", AT, SPREAD)

    assert expected is fault.befalls(frozenset(symbols), instant(now))


def test_fault_without_legs_befalls_every_order() -> None:
    """No legs means any order."""
    assert Fault(FaultKind.REFUSE, AT).befalls(frozenset({"GOOG"}), AT)

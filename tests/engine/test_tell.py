"""What a wave has to tell: only what a person may want to act on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botd.domain.decision import (
    Accept,
    Close,
    Decision,
    HandOver,
    Leave,
    Reason,
    Skip,
)
from botd.domain.position import ManualReason
from botd.engine.attempt import Attempt, Ending
from botd.engine.send import Window
from botd.engine.tell import Told, tell_attempts
from botd.ledger import positions
from tests.engine.given import Days, position
from tests.engine.market import instant, market

T = instant("18:00")
ATTEMPT = Attempt(
    "p", "T-10", instant("17:50"), T, Window(instant("17:50"), T), T, T, 0, is_last=False
)
SECOND = replace(ATTEMPT, number=1, lead="T-5")
LEAVE = Leave(Reason.OUT_OF_THE_MONEY)
CLOSE = Close(Reason.IN_THE_MONEY, (), 1)


@pytest.mark.parametrize(
    ("attempt", "decision", "ending", "words"),
    [
        pytest.param(ATTEMPT, LEAVE, Ending.NONE, None, id="left"),
        pytest.param(ATTEMPT, CLOSE, Ending.FILLED, None, id="closed"),
        pytest.param(ATTEMPT, CLOSE, Ending.UNFILLED, None, id="unfilled at first"),
        pytest.param(SECOND, CLOSE, Ending.UNFILLED, "not closed after T-5", id="then told"),
        pytest.param(SECOND, CLOSE, Ending.PARTIAL, "not closed after T-5", id="a part, too"),
        pytest.param(ATTEMPT, CLOSE, Ending.REFUSED, "[no]", id="refused"),
        pytest.param(ATTEMPT, CLOSE, Ending.UNKNOWN, "is not known", id="unknown fate"),
        pytest.param(
            ATTEMPT,
            HandOver(Reason.POLICY, ManualReason.POLICY),
            Ending.NONE,
            "handed over: by policy",
            id="handed over",
        ),
        pytest.param(
            ATTEMPT,
            Accept(Reason.POLICY, "the cash is missing", is_covered=False),
            Ending.NONE,
            "accepted, but the cash is missing",
            id="accepted without cover",
        ),
        pytest.param(ATTEMPT, Accept(Reason.POLICY), Ending.NONE, None, id="accepted, covered"),
        pytest.param(
            ATTEMPT, Skip(Reason.CLOCK), Ending.NONE, "not tried: the clock", id="skipped"
        ),
        pytest.param(ATTEMPT, Skip(Reason.MANUAL), Ending.NONE, None, id="a person's"),
        pytest.param(ATTEMPT, Skip(Reason.OBSERVING), Ending.NONE, None, id="observed"),
        pytest.param(
            ATTEMPT,
            Close(Reason.UNKNOWN, (), 1, note="no spot"),
            Ending.FILLED,
            "filled, moneyness unknown: no spot",
            id="blind",
        ),
        pytest.param(
            replace(ATTEMPT, late=timedelta(seconds=5)), LEAVE, Ending.NONE, None, id="in time"
        ),
        pytest.param(
            replace(ATTEMPT, late=timedelta(seconds=6)),
            LEAVE,
            Ending.NONE,
            "T-10 ran 6 s late",
            id="late",
        ),
        pytest.param(
            replace(ATTEMPT, late=timedelta(seconds=6), is_extra=True),
            LEAVE,
            Ending.NONE,
            None,
            id="a person's own is never late",
        ),
    ],
)
def test_what_is_told(
    open_day: Days, attempt: Attempt, decision: Decision, ending: Ending, words: str | None
) -> None:
    """Each row is one ending, and its words."""
    day = open_day(market("748"), position("p", "-1 750P"))
    told = Told(attempt, day.position("p"), decision, ending, ("no",))

    day.run(tell_attempts(day.desk, (told,)))

    assert (words or "") in day.words("attempt/")
    assert (words is not None) is bool(day.alerts("attempt/"))


@pytest.mark.parametrize(
    ("ending", "freed_at", "words"),
    [
        pytest.param(Ending.FILLED, "17:52", "", id="released, then closed at once"),
        pytest.param(Ending.NONE, "17:52", "", id="released, then left at once"),
        pytest.param(Ending.UNFILLED, "17:52", "T-10 ran 121 s late", id="it did not fill"),
        pytest.param(Ending.FILLED, "17:51", "T-10 ran 121 s late", id="released long before"),
        pytest.param(Ending.FILLED, None, "T-10 ran 121 s late", id="never released"),
    ],
)
def test_late_only_because_it_came_late(
    open_day: Days, ending: Ending, freed_at: str | None, words: str
) -> None:
    """Nobody is paged for an attempt that could not have run before a person released it."""
    day = open_day(market("748"), position("p", "-1 750P"))
    if freed_at is not None:
        at = instant(freed_at)
        day.ledger.write_now(
            lambda tx: positions.change(
                tx, "p", "released", lambda found: replace(found, epoch=1), at=at, by="sue"
            )
        )
    late = replace(ATTEMPT, late=timedelta(seconds=121))
    told = Told(late, day.position("p"), CLOSE, ending, ())

    day.run(tell_attempts(day.desk, (told,)))

    assert words in day.words("attempt/")
    assert bool(words) is bool(day.alerts("attempt/"))


def test_after_the_bell_there_is_nothing_to_close(open_day: Days) -> None:
    """A command that the exchange would refuse is not named; a look always helps."""
    day = open_day(market("748"), position("p", "-1 750P"))
    told = Told(ATTEMPT, day.position("p"), CLOSE, Ending.REFUSED, ("no",))

    day.run(tell_attempts(day.desk, (told,)))
    day.clock_to("18:00")
    day.run(tell_attempts(day.desk, (told,)))

    commands = [alert.body.partition(": ")[2].partition("  [")[0] for alert in day.alerts("att")]
    assert ["botd close 1", "botd positions show 1"] == sorted(commands)


def test_one_message_for_many(open_day: Days) -> None:
    """Sorted by number, one line each."""
    day = open_day(market("748"), position("a", "-1 750P"), position("b", "-1 750P"))
    told = tuple(
        Told(ATTEMPT, day.position(name), CLOSE, Ending.REFUSED, ()) for name in ("b", "a")
    )

    day.run(tell_attempts(day.desk, told))

    (alert,) = day.alerts("attempt/")
    assert ["1", "2"] == [line[0] for line in alert.body.splitlines()]
    assert "[refused]" in alert.body


def test_what_differs_at_the_broker_is_told(open_day: Days) -> None:
    """The rest is closed, and a person hears that something is missing."""
    day = open_day(market("748"), position("p", "-1 750P"))
    told = Told(ATTEMPT, day.position("p"), CLOSE, Ending.FILLED, (), "2 of 5 units: gone")

    day.run(tell_attempts(day.desk, (told,)))

    assert "2 of 5 units: gone" in day.words("attempt/")

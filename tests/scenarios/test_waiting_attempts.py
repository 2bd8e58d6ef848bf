"""What an attempt says while it waits for somebody else."""

import pytest

from botd.brokers.paper.faults import FaultKind
from tests.property.checks import violations
from tests.property.scenario import Book, Held, Quirk, Scenario, Trouble
from tests.property.world import World

SHORT_PUT = Book((Held("P750", -1),))
IN_THE_MONEY = ((-1500.0, "742.00"),)
NO_SELLER = Quirk("no_ask", "P750", -1500.0, 0.0)


@pytest.mark.parametrize(
    ("trouble", "minute", "reason"),
    [
        pytest.param(
            Trouble(FaultKind.UNAVAILABLE, -610.0, lasts=200.0),
            50,
            "broker unreachable",
            id="the broker is away",
        ),
        pytest.param(
            Trouble(FaultKind.LOSE_CANCEL, -310.0, times=60),
            55,
            "an order of unknown fate lives",
            id="no cancel arrives",
        ),
    ],
)
def test_an_attempt_showed_no_reason_while_it_waited(
    trouble: Trouble, minute: int, reason: str
) -> None:
    """Two seconds after its instant an attempt says what it waits for, if it must wait."""
    day = Scenario(book=(SHORT_PUT,), spot=IN_THE_MONEY, quirks=(NO_SELLER,), troubles=(trouble,))

    lived = World(day).live()

    seen = next(probe for probe in lived.probes if probe.at.minute == minute)
    assert ("skip", reason) == (seen.attempts[-1].decision, seen.attempts[-1].reason)
    assert [] == violations(lived)

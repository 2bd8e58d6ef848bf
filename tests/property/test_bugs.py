"""The checks can fail: each bug put in on purpose is seen, on a day that is whole without it."""

import pytest

from botd.brokers.paper.faults import FaultKind
from botd.errors import RefusalReason
from tests.property import bugs
from tests.property.checks import violations
from tests.property.scenario import Act, Book, BrokerCard, Held, Quirk, Scenario, Trouble
from tests.property.world import Sabotage, World

SHORT_PUT = Book((Held("P750", -1),), 2)
IN_THE_MONEY = ((-1500.0, "747.50"),)
OUT_OF_THE_MONEY = ((-1500.0, "758.00"),)
# Nobody sells it, so that nothing fills and every price of every attempt is tried.
NO_SELLER = (Quirk("thin", "P750", -1500.0, 0.0), Quirk("wide", "P750", -1500.0, 0.0))
WEAK = BrokerCard(dedupes=False, close_only=False, horizon=20.0)


def day(*troubles: Trouble, **changes: object) -> Scenario:
    """Make a day on which two short puts are in the money."""
    plain: dict[str, object] = {"book": (SHORT_PUT,), "spot": IN_THE_MONEY, "quirks": NO_SELLER}
    return Scenario(troubles=troubles, **{**plain, **changes})  # type: ignore[arg-type]


ROWS = [
    (bugs.NEW_ID, day(Trouble(FaultKind.LOSE_ANSWER, -600.0), card=WEAK), "one_order_lives"),
    (
        bugs.TRUSTED_CANCEL,
        day(Trouble(FaultKind.LOSE_CANCEL, -600.0), card=WEAK),
        "one_order_lives",
    ),
    (
        bugs.ERRORS_AS_ABSENT,
        day(
            Trouble(FaultKind.LOSE_ANSWER, -600.0, lasts=18.0),
            Trouble(FaultKind.SERVER_ERROR, -599.9, lasts=40.0),
            card=WEAK,
        ),
        "one_order_lives",
    ),
    (
        bugs.SHORT_HORIZON,
        day(Trouble(FaultKind.LOSE_ANSWER, -600.0, lasts=15.0), card=WEAK),
        "one_order_lives",
    ),
    (bugs.OTHER_MARKET, day(spot=OUT_OF_THE_MONEY, quirks=()), "no_order_for_what_is_worthless"),
    (
        bugs.OUTAGE_AS_REFUSAL,
        day(Trouble(FaultKind.UNAVAILABLE, -600.0, position=0)),
        "nothing_else_is_a_refusal",
    ),
    (
        bugs.REFUSAL_AS_OUTAGE,
        day(Trouble(FaultKind.REFUSE, -600.0, reason=RefusalReason.FUNDS)),
        "refusals_are_told_whole",
    ),
    (bugs.TWICE_AS_MUCH, day(card=WEAK), "written_down_before"),
    (bugs.NO_OVERRIDE, day(acts=(Act("take", -594.0),)), "nothing_after_a_stop"),
    (bugs.NO_HALT, day(acts=(Act("halt", -594.0),)), "nothing_after_a_stop"),
    (bugs.NO_RECORD, day(), "written_down_before"),
    (bugs.LATE_CLOCK, day(starts=-31.0), "within_the_time_box"),
]


@pytest.mark.parametrize(
    ("bug", "scenario", "check"), [pytest.param(*row, id=row[0].name) for row in ROWS]
)
def test_a_bug_is_caught(bug: Sabotage, scenario: Scenario, check: str) -> None:
    """The day that shows the bug breaks the promise that the bug breaks."""
    found = violations(World(scenario, bug).live())

    assert check in {words.split(":")[0] for words in found}


@pytest.mark.parametrize("scenario", [pytest.param(row[1], id=row[0].name) for row in ROWS])
def test_the_same_day_without_the_bug_is_whole(scenario: Scenario) -> None:
    """What the checks find on that day is the bug, and nothing else."""
    assert [] == violations(World(scenario).live())

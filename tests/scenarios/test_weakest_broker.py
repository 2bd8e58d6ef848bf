"""A broker that would let a closing order open something."""

from botd.brokers.paper.faults import FaultKind
from tests.property.checks import violations
from tests.property.scenario import Book, BrokerCard, Held, Scenario, Trouble
from tests.property.world import World


def test_a_position_that_a_person_closed_by_hand_was_opened_the_other_way() -> None:
    """Between two prices of an attempt a person closes it elsewhere: no further order leaves."""
    day = Scenario(
        book=(Book((Held("C750", -1),), 2),),
        spot=((-1500.0, "758.00"),),
        troubles=(Trouble(FaultKind.OUTSIDE_CLOSE, -597.0, position=0),),
        card=BrokerCard(dedupes=False, looks_up=False, close_only=False),
    )

    lived = World(day).live()

    assert 1 == len(lived.history.sends)
    assert [] == violations(lived)

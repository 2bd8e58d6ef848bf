"""A broker that answers every question, and no order."""

from botd.brokers.paper.faults import FaultKind
from botd.domain.position import Position, Status
from botd.ledger import positions
from tests.property.checks import violations
from tests.property.scenario import Book, Held, Scenario, Trouble, position_id
from tests.property.world import Lived, World


def position_of(lived: Lived) -> Position:
    """Read the position as it stands when the day is over."""
    return lived.ledger.read_now(lambda tx: positions.get(tx, position_id(0)))


def test_the_account_was_stopped_after_sixty_lost_orders_and_stayed_so() -> None:
    """Orders are lost for eight minutes; once they arrive again, the position is closed."""
    day = Scenario(
        book=(Book((Held("P750", -1),)),),
        spot=((-1500.0, "747.50"),),
        troubles=(Trouble(FaultKind.SERVER_ERROR, -610.0, position=0, lasts=480.0),),
    )

    lived = World(day).live()

    assert Status.CLOSED is position_of(lived).status
    assert [] == violations(lived)

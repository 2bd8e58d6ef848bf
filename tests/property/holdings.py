"""What our orders did to what the account holds, from the exchange's own book."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.property.scenario import position_id
from tests.property.witness import Move
from tests.property.world import Lived

# Between the last look at what is held and an order's leaving: no broker can be asked faster.
_LOOK = timedelta(seconds=10)


def no_leg_changes_sign(lived: Lived) -> Iterator[str]:
    """A fill of ours brings a leg nearer to nothing, never beyond, and never from nothing."""
    for move in lived.history.moves:
        if move.by is None:
            continue
        is_smaller = abs(move.after) < abs(move.before) and move.before * move.after >= 0
        if not is_smaller and not _was_moved_under_us(lived, move):
            yield (
                f"{move.at:%H:%M:%S} {move.symbol} went from {move.before:+d} to "
                f"{move.after:+d} by {move.by}"
            )


def _was_moved_under_us(lived: Lived, move: Move) -> bool:
    """Whether somebody else moved it when the order was as good as on its way."""
    sent_at = min(
        (send.at for send in lived.history.sends if send.intent.client_order_id == move.by),
        default=move.at,
    )
    return any(
        other.by is None and other.symbol == move.symbol and sent_at - _LOOK <= other.at <= move.at
        for other in lived.history.moves
        if other is not move
    )


def no_position_is_closed_twice(lived: Lived) -> Iterator[str]:
    """All fills of a position's orders together close no more of a leg than it held."""
    closed: Counter[tuple[str, str]] = Counter()
    owner = {send.intent.client_order_id: send.intent.position_id for send in lived.history.sends}
    for name, report in lived.history.last.items():
        for leg in report.legs:
            closed[owner[name], leg.symbol] += leg.quantity * report.filled_units
    for index, book in enumerate(lived.scenario.book):
        name = position_id(index)
        for leg in book.legs_of(lived.scenario.root):
            held, moved = leg.quantity * book.units, closed[name, leg.symbol]
            if abs(moved) > abs(held) or moved * held > 0:
                yield f"{name} held {held:+d} {leg.symbol}, our orders moved it by {moved:+d}"


def one_order_lives(lived: Lived) -> Iterator[str]:
    """No two orders of one position can fill at the same time."""
    for at, names in lived.history.crowds[:1]:
        yield f"{at:%H:%M:%S} {', '.join(names)} live at once"

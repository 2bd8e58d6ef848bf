"""What left for the exchange, when, and what the ledger said at that moment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from botd.brokers.paper.faults import FaultKind
from botd.domain.bot import Mode, PricingMode
from botd.domain.contract import Leg, OptionContract, Right
from botd.domain.orders import OrderStatus
from botd.errors import NotFoundError
from botd.ledger import Tx, halts, orders
from botd.ledger.halts import HaltKind
from tests.property.market import prints_of
from tests.property.scenario import DAY, OPENS_AT, Book, Scenario, at, position_id
from tests.property.story import is_ours_to_close, stories
from tests.property.world import KEY, Lived

_FIRST_LEAD, _BELL = -600.0, -2.0
_FRESH = 50.0  # seconds between prints, with room for the age of a reading
_MOVES_LEGS = frozenset(
    {FaultKind.GONE, FaultKind.LIQUIDATE_LEG, FaultKind.ASSIGN, FaultKind.OUTSIDE_CLOSE}
)
_BLINDS = frozenset({FaultKind.UNAVAILABLE, FaultKind.SERVER_ERROR, FaultKind.TRADING_HALT})


def written_down_before(lived: Lived) -> Iterator[str]:
    """When bytes leave, the committed row says so, with the hash of this very body."""
    seen: set[str] = set()
    for send in lived.history.sends:
        name = send.intent.client_order_id
        allowed = {"sending"} if name not in seen else {"sending", "unknown"}
        if send.row_status not in allowed or send.row_hash != send.intent.body_hash():
            yield f"{send.at:%H:%M:%S} {name} left while its row was {send.row_status}"
        seen.add(name)


def one_id_is_one_body(lived: Lived) -> Iterator[str]:
    """An id stands for one body; it leaves again only where the broker refuses duplicates."""
    bodies = defaultdict(set)
    count: defaultdict[tuple[str, int], int] = defaultdict(int)
    for send in lived.history.sends:
        bodies[send.intent.client_order_id].add(send.intent.body_hash())
        count[send.intent.client_order_id, send.process] += 1
    for name, found in bodies.items():
        if len(found) > 1:
            yield f"{name} stood for {len(found)} bodies"
    most = 4 if lived.scenario.card.dedupes else 1
    for (name, process), times in count.items():
        if times > most:
            yield f"{name} left {times} times from process {process}"


def within_the_time_box(lived: Lived) -> Iterator[str]:
    """From the first lead, for a person's close from the opening; until T - 2 s; if armed."""
    for send in lived.history.sends:
        opens_at = OPENS_AT if send.intent.is_extra else at(_FIRST_LEAD)
        if _is_tried_now(lived, send.intent.attempt_due_at.timestamp()):
            opens_at = OPENS_AT
        if not opens_at <= send.at <= at(_BELL) or lived.scenario.mode is not Mode.ARMED:
            yield f"{send.at:%H:%M:%S} {send.intent.client_order_id} left"
        is_market = lived.scenario.rules.pricing is PricingMode.MARKET
        if send.intent.net_price is None and not is_market:
            yield f"{send.intent.client_order_id} left without a limit"


def _is_tried_now(lived: Lived, due_at: float) -> bool:
    """Whether a person asked for this attempt with the release."""
    asked = (when for when, act, _ in lived.acts if act.do == "release_now")
    return any(when.timestamp() <= due_at <= when.timestamp() + 60 for when in asked)


def nothing_after_a_stop(lived: Lived) -> Iterator[str]:
    """No order leaves after a take-over, a hand-over, a refusal or a halt was committed."""
    told = stories(lived)
    stops = lived.ledger.read_now(_all_halts)
    for send in lived.history.sends:
        name = send.intent.position_id
        columns = told[name].before(send.at)
        if not send.intent.is_extra and not is_ours_to_close(columns):
            yield (
                f"{send.at:%H:%M:%S} {send.intent.client_order_id} left while {name} was "
                f"{columns['status']}, {columns['managed_by']}"
            )
        for halt in stops:
            if halt.at < send.at and (halt.ended_at is None or send.at < halt.ended_at):
                yield f"{send.at:%H:%M:%S} {send.intent.client_order_id} left: {halt.reason}"


def _all_halts(tx: Tx) -> tuple[halts.Halt, ...]:
    found: list[halts.Halt] = []
    while True:
        try:
            found.append(halts.get(tx, len(found) + 1))
        except NotFoundError:
            return tuple(found)


def no_order_for_what_is_worthless(lived: Lived) -> Iterator[str]:
    """Certainly out of the money, on fresh prints, from before the first attempt: no order."""
    scenario = lived.scenario
    sent = {send.intent.position_id for send in lived.history.sends if not send.intent.is_extra}
    for index, book in enumerate(scenario.book):
        name = position_id(index)
        if name in sent and _is_surely_worthless(scenario, index, book):
            yield f"{name} was never in the money, and an order left for it"


def _is_surely_worthless(scenario: Scenario, index: int, book: Book) -> bool:
    if scenario.print_every > _FRESH or scenario.prints_stop is not None:
        return False
    count = len(scenario.book)
    for trouble in scenario.troubles:
        if trouble.kind in _BLINDS or trouble.kind in _MOVES_LEGS:
            whose = index if trouble.position is None else trouble.position % count
            if trouble.kind in _BLINDS or whose == index or _shares_legs(scenario, whose, index):
                return False
    band = Decimal(scenario.rules.pin_band)
    prints = [price for offset, price in prints_of(scenario) if offset >= _FIRST_LEAD - 80]
    contracts = [
        leg.instrument
        for leg in book.legs_of(scenario.root)
        if isinstance(leg.instrument, OptionContract) and leg.instrument.expiration == DAY
    ]
    return all(_is_out(contract, price, band) for contract in contracts for price in prints)


def _shares_legs(scenario: Scenario, one: int, other: int) -> bool:
    first = {held.what for held in scenario.book[one].legs}
    return bool(first & {held.what for held in scenario.book[other].legs})


def _is_out(contract: OptionContract, price: Decimal, band: Decimal) -> bool:
    if contract.right is Right.CALL:
        return price < contract.strike - band
    return price > contract.strike + band


def never_dearer_than_the_worst(lived: Lived) -> Iterator[str]:
    """A limit never pays more than what it buys can be worth at the end."""
    for send in lived.history.sends:
        price, most = send.intent.net_price, _most_worth(send.intent.legs)
        if price is not None and most is not None and -price > most:
            yield f"{send.intent.client_order_id} pays {-price} for what is worth {most} at most"


def _most_worth(legs: tuple[Leg, ...]) -> Decimal | None:
    """Tell the most that legs can be worth at the end, per share; None: no bound, or later."""
    contracts = [(leg.instrument, leg.quantity) for leg in legs]
    options = [(one, count) for one, count in contracts if isinstance(one, OptionContract)]
    if len(options) < len(contracts) or any(one.expiration != DAY for one, _ in options):
        return None
    if sum(count for one, count in options if one.right is Right.CALL) > 0:
        return None
    spots = [Decimal(0), *(one.strike for one, _ in options), Decimal(10_000)]
    return max(sum((count * one.intrinsic(s) for one, count in options), Decimal(0)) for s in spots)


def absent_is_proved(lived: Lived) -> Iterator[str]:
    """Absent takes three looks that were answered, the last one the whole horizon later."""
    horizon = timedelta(seconds=lived.scenario.card.horizon)
    for order in lived.ledger.read_now(lambda tx: orders.since(tx, KEY, OPENS_AT)):
        if order.status is not OrderStatus.ABSENT:
            continue
        name = order.client_order_id
        left_at = [send.at for send in lived.history.sends if send.intent.client_order_id == name]
        if name in lived.history.last:
            yield f"{name} is at the exchange, and the ledger calls it absent"
        if not left_at:
            continue
        misses = [
            look.seen_at
            for look in lived.history.looked
            if look.client_order_id == name and not look.is_found and look.seen_at >= min(left_at)
        ]
        if len(misses) < 3 or max(misses) < max(left_at) + horizon:
            yield f"{name} was called absent after {len(misses)} looks"


def guard_stopped_nothing(lived: Lived) -> Iterator[str]:
    """The last guard before the wire never finds a bug."""
    for halt in lived.ledger.read_now(_all_halts):
        if halt.kind is HaltKind.GUARD:
            yield halt.reason

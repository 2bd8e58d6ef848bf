"""
Does the account still hold what the ledger expects, and if not, what explains it?

    the account holds                          finding
    as much, or more                           HELD: only ours is managed
    nothing                                    GONE, and what explains it
    whole units less                           SMALLER, and what explains it
    some legs of a spread, shorts only         SHORTS_ONLY: they are bought back
    some legs of a spread, a long or shares    BROKEN_SPREAD: no order, a person
    the other sign                             OPPOSITE: no order, a person
    a contract held long and short by two      NETTED: no order, a person
    less of a contract that two share          MISMATCH for the one that comes second

    what explains a gap                        in this order
    fills of our own, not booked yet           _BY_OWN_FILL: book them and look again
    orders that are not ours                   _BY_OTHER_ORDER: closed, not assigned
    nothing                                    presumed assigned

A finding concludes from what a complete, successful reading of the account shows, never
from a reading that failed. Reconciling makes no orders.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from botd.domain.allocation import Allocation, allocate
from botd.domain.contract import Delivery, Leg, OptionContract, Right, Shares
from botd.domain.evidence import Evidence, OwnOrder, closing_quantity, price_of_unit
from botd.domain.label import called
from botd.domain.lots import remaining_legs
from botd.domain.orders import Holding, OrderReport
from botd.domain.position import ClosedBy, Lot, Position


class FindingKind(Enum):
    """How the account stands beside the ledger, for one position."""

    HELD = "held"
    GONE = "gone"
    GONE_BY_OWN_FILL = "gone by own fill"
    GONE_BY_OTHER_ORDER = "gone by other order"
    SMALLER = "smaller"
    SMALLER_BY_OWN_FILL = "smaller by own fill"
    SMALLER_BY_OTHER_ORDER = "smaller by other order"
    SHORTS_ONLY = "shorts only"
    BROKEN_SPREAD = "broken spread"
    OPPOSITE = "opposite"
    NETTED = "netted"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reconcile found for one position."""

    kind: FindingKind
    units_held: int  # whole units
    missing_units: int  # whole units; 0 where legs, not units, are missing
    legs_held: tuple[Leg, ...]  # what the account holds of it: total quantities, signed
    fact: str  # for a trader in a hurry
    to_close: Lot | None = None  # with `SHORTS_ONLY`: what is bought back
    other_order: OrderReport | None = None  # the one that explains it, as far as one does
    closed_by: ClosedBy | None = None  # with `_BY_OTHER_ORDER`
    net_price: Decimal | None = None  # its price, where it is that of whole units
    shares_missing: int = 0  # of the position's own shares; never a reason to sell any


def reconcile(
    positions: Iterable[Position],
    holdings: Iterable[Holding],
    orders: Iterable[OrderReport],
    own_orders: Mapping[str, OwnOrder],
) -> dict[str, Finding]:
    """
    Compare the *positions* of one account that hold anything with its *holdings*.

    *orders* are all reports of the day, *own_orders* ours by client order id. Also give
    positions in a person's hands: they claim what is held before the others do.
    """
    everything = [position for position in positions if position.lots]
    allocation = allocate(everything, holdings)
    evidence = Evidence(tuple(orders), own_orders)
    by_id = {position.id: position for position in everything}
    return {id_: _find(by_id[id_], allocation, evidence) for id_ in allocation.expected}


def resting_exits(
    position: Position,
    orders: Iterable[OrderReport],
    own_orders: Mapping[str, OwnOrder],
) -> tuple[OrderReport, ...]:
    """Give the live orders that are not ours and would close a leg of *position*."""
    ending = [leg for leg in remaining_legs(position) if not isinstance(leg.instrument, Shares)]
    return tuple(
        report
        for report in orders
        if not report.is_final
        and report.client_order_id not in own_orders
        and any(closing_quantity(report, leg) for leg in ending)
    )


def unmanaged(
    positions: Iterable[Position],
    holdings: Iterable[Holding],
    is_wanted: Callable[[str], bool],
) -> tuple[Holding, ...]:
    """Give what the account holds beyond the ledger, of the symbols that are wanted."""
    allocation = allocate(positions, holdings)
    return tuple(
        Holding(symbol, allocation.spare(symbol))
        for symbol, count in sorted(allocation.account.items())
        if allocation.spare(symbol) * count > 0 and is_wanted(symbol)
    )


def _find(position: Position, allocation: Allocation, evidence: Evidence) -> Finding:
    held = allocation.held[position.id]
    legs = {leg.symbol: leg for leg in remaining_legs(position)}
    ending = {s for s, leg in legs.items() if not isinstance(leg.instrument, Shares)}
    watched = ending or set(legs)  # once the options have gone, the shares are the position
    gaps = allocation.missing(position.id)
    finding = Finding(
        kind=FindingKind.HELD,
        units_held=position.units_open,
        missing_units=0,
        legs_held=tuple(
            replace(leg, quantity=held[symbol]) for symbol, leg in legs.items() if held[symbol]
        ),
        fact="held",
        shares_missing=sum(abs(count) for symbol, count in gaps.items() if symbol not in ending),
    )
    account = _Account(position, allocation, finding, {s: legs[s] for s in sorted(watched)})
    missing = {symbol: count for symbol, count in gaps.items() if symbol in watched}
    return account.not_ours() or account.explained(missing, evidence)


class _Account:
    """One position beside what the account holds of it; makes its finding."""

    def __init__(
        self,
        position: Position,
        allocation: Allocation,
        finding: Finding,
        watched: Mapping[str, Leg],
    ) -> None:
        self._position = position
        self._allocation = allocation
        self._finding = finding
        self._watched = watched
        self._expected = allocation.expected[position.id]
        self._held = allocation.held[position.id]

    def not_ours(self) -> Finding | None:
        """Look for what makes the account's quantity nobody's: netting, another sign."""
        for symbol, leg in self._watched.items():
            name = _called(leg)
            if symbol in self._allocation.netted:
                fact = (
                    f"{name} is long in one position and short in another: they net at the broker"
                )
                return replace(self._finding, kind=FindingKind.NETTED, units_held=0, fact=fact)
            if self._allocation.is_opposite(symbol, self._expected[symbol]):
                there = self._allocation.account[symbol]
                fact = f"the account holds {name} {there:+d}, we expect {self._expected[symbol]:+d}"
                return replace(self._finding, kind=FindingKind.OPPOSITE, units_held=0, fact=fact)
        return None

    def explained(self, missing: Mapping[str, int], evidence: Evidence) -> Finding:
        """Say what became of what is *missing*."""
        if not missing:
            return replace(self._finding, fact=self._held_fact())
        units = self._whole_units(missing)
        if evidence.own_fills_explain(self._position, missing):
            kinds = (FindingKind.GONE_BY_OWN_FILL, FindingKind.SMALLER_BY_OWN_FILL)
            return self._gone(kinds, units or 0, "our own order filled and is not booked yet")
        if contested := sorted(set(missing) & self._allocation.contested):
            return self._mismatch(contested[0])
        if units is None:
            return self._broken(missing, evidence.other_orders(self._position, missing))
        if orders := evidence.other_orders(self._position, missing):
            return self._by_other(orders, units)
        kinds = (FindingKind.GONE, FindingKind.SMALLER)
        words = "no longer held and nothing explains it, presumed assigned"
        return self._gone(kinds, units, words + self._shares_seen(missing))

    def _held_fact(self) -> str:
        missing = self._finding.shares_missing
        if not missing:
            return "held"
        return f"held, but {missing} shares of {self._position.underlying} are not: it is uncovered"

    def _whole_units(self, missing: Mapping[str, int]) -> int | None:
        """Tell how many whole units make up what is missing; None: single legs do."""
        left = {symbol: abs(count) for symbol, count in missing.items()}
        units = 0
        for lot in sorted(self._position.lots, key=lambda lot: -len(lot.legs)):
            legs = [leg for leg in lot.legs if leg.symbol in self._watched]
            fit = (left.get(leg.symbol, 0) // abs(leg.quantity) for leg in legs)
            count = min((*fit, lot.units)) if legs else 0
            units += count
            for leg in legs:
                left[leg.symbol] = left.get(leg.symbol, 0) - count * abs(leg.quantity)
        return None if any(left.values()) else units

    def _gone(self, kinds: tuple[FindingKind, FindingKind], units: int, words: str) -> Finding:
        """Make the finding of the first kind where nothing is left, else of the second."""
        total = self._position.units_open
        is_gone = not any(self._held[symbol] for symbol in self._watched)
        who = "" if is_gone else f"{units} of {total} units: " if units else "some legs: "
        return replace(
            self._finding,
            kind=kinds[0] if is_gone else kinds[1],
            units_held=total - units if units else 0,
            missing_units=units,
            fact=who + words,
        )

    def _by_other(self, orders: tuple[OrderReport, ...], units: int) -> Finding:
        price = price_of_unit(orders[0], self._position) if len(orders) == 1 else None
        at = "" if price is None else f" at {price}"
        kinds = (FindingKind.GONE_BY_OTHER_ORDER, FindingKind.SMALLER_BY_OTHER_ORDER)
        is_named = all(order.client_order_id for order in orders)
        return replace(
            self._gone(kinds, units, f"closed{at} by {_ids(orders)}"),
            other_order=orders[-1],
            closed_by=ClosedBy.OTHER if is_named else ClosedBy.BROKER,
            net_price=price,
        )

    def _mismatch(self, symbol: str) -> Finding:
        there, wanted = self._allocation.account[symbol], self._allocation.claims[symbol]
        fact = (
            f"several positions hold {_called(self._watched[symbol])}: "
            f"the account has {there:+d} of {wanted:+d}, which of them lost it is not known"
        )
        return replace(self._finding, kind=FindingKind.MISMATCH, units_held=0, fact=fact)

    def _broken(self, missing: Mapping[str, int], orders: tuple[OrderReport, ...]) -> Finding:
        cause = f", closed by {_ids(orders)}" if orders else ""
        fact = "spread has lost a leg: the account holds " + self._listed() + cause
        shares = self._shares_seen(missing)
        shorts = self._shorts()
        if shorts is None or shares:
            kind, fact = FindingKind.BROKEN_SPREAD, fact + shares
        else:
            kind, fact = FindingKind.SHORTS_ONLY, fact + "; buying the short back"
        to_close = shorts if kind is FindingKind.SHORTS_ONLY else None
        units = 0 if to_close is None else to_close.units
        order = orders[0] if len(orders) == 1 else None
        broken = replace(self._finding, kind=kind, units_held=units, fact=fact, to_close=to_close)
        return replace(broken, other_order=order)

    def _shorts(self) -> Lot | None:
        """Give the shorts that are left, in units of the position; None: not only shorts."""
        left = [leg for symbol, leg in self._watched.items() if self._held[symbol]]
        if any(leg.quantity > 0 for leg in left):
            return None
        units = min(self._held[leg.symbol] // leg.quantity for leg in left)
        return Lot(units, tuple(left)) if units else None

    def _listed(self) -> str:
        return ", ".join(
            f"{_called(leg)} {self._held[symbol]:+d} (of {self._expected[symbol]:+d})"
            for symbol, leg in self._watched.items()
        )

    def _shares_seen(self, missing: Mapping[str, int]) -> str:
        """Name shares that an exercise or assignment of what is missing would have made."""
        for symbol in missing:
            contract = self._watched[symbol].instrument
            if not isinstance(contract, OptionContract):
                continue
            spare = self._allocation.spare(contract.underlying)
            way = missing[symbol] if contract.right is Right.CALL else -missing[symbol]
            is_delivered = contract.spec.delivery is Delivery.SHARES
            if is_delivered and spare * way > 0 and abs(spare) >= contract.multiplier:
                return f"; and {spare:+d} shares of {contract.underlying}"
        return ""


def _ids(orders: tuple[OrderReport, ...]) -> str:
    return ", ".join(f"order {order.broker_order_id}" for order in orders) + " (not ours)"


def _called(leg: Leg) -> str:
    if isinstance(leg.instrument, Shares):
        return f"{leg.symbol} shares"
    return called(leg.instrument)

"""
Whose is what an account holds: a broker adds up what the ledger keeps apart.

    order of claims   positions in a person's hands, then the oldest, then by id
    a claim           never more than the position expects, never more than is left
    opposite signs    two positions on one contract net at the broker: nobody gets any
    other sign held   nobody gets any
    more than claimed the rest is nobody's
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botd.domain.lots import quantities
from botd.domain.orders import Holding
from botd.domain.position import Management, Position


@dataclass(frozen=True, slots=True)
class Allocation:
    """An account's holdings, dealt out to positions. Quantities are signed as held."""

    expected: Mapping[str, Mapping[str, int]]  # position id -> symbol -> by the ledger
    held: Mapping[str, Mapping[str, int]]  # position id -> symbol -> dealt out to it
    account: Mapping[str, int]  # symbol -> all that the broker holds
    claims: Mapping[str, int]  # symbol -> all that the ledger expects
    netted: frozenset[str]  # symbols that positions hold with opposite signs
    contested: frozenset[str]  # symbols of several positions, held, but not enough

    def missing(self, position_id: str) -> dict[str, int]:
        """Tell what a position expects and does not get, signed as held."""
        held = self.held[position_id]
        gaps = {s: count - held[s] for s, count in self.expected[position_id].items()}
        return {symbol: count for symbol, count in gaps.items() if count}

    def is_opposite(self, symbol: str, expected: int) -> bool:
        """Whether the account holds *symbol* with the other sign than *expected*."""
        return self.account.get(symbol, 0) * expected < 0

    def spare(self, symbol: str) -> int:
        """Tell what the account holds of *symbol* beyond what the ledger expects."""
        return self.account.get(symbol, 0) - self.claims.get(symbol, 0)


def allocate(positions: Iterable[Position], holdings: Iterable[Holding]) -> Allocation:
    """Deal an account's *holdings* out to its *positions*, by their order of claims."""
    claimants = sorted(positions, key=_claim)
    expected = {position.id: quantities(position) for position in claimants}
    account: dict[str, int] = {}
    for holding in holdings:
        account[holding.symbol] = account.get(holding.symbol, 0) + holding.quantity
    netted = _netted(expected)
    left = {symbol: count for symbol, count in account.items() if symbol not in netted}
    held = {id_: _dealt(wanted, left) for id_, wanted in expected.items()}
    claims = _added(expected)
    return Allocation(
        expected=expected,
        held=held,
        account=account,
        claims=claims,
        netted=netted,
        contested=frozenset(
            symbol
            for symbol, count in claims.items()
            if 0 < abs(account.get(symbol, 0)) < abs(count) and _claimants(expected, symbol) > 1
        ),
    )


def _claim(position: Position) -> tuple[object, ...]:
    return (position.managed_by is Management.BOT, position.opened_at, position.id)


def _dealt(wanted: Mapping[str, int], left: dict[str, int]) -> dict[str, int]:
    """Take from *left* what one position gets of what it *wanted*."""
    got = {}
    for symbol, count in wanted.items():
        there = left.get(symbol, 0)
        got[symbol] = 0 if there * count <= 0 else min(count, there, key=abs)
        left[symbol] = there - got[symbol]
    return got


def _netted(expected: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    signs: dict[str, set[bool]] = {}
    for wanted in expected.values():
        for symbol, count in wanted.items():
            signs.setdefault(symbol, set()).add(count > 0)
    return frozenset(symbol for symbol, both in signs.items() if len(both) > 1)


def _added(expected: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for wanted in expected.values():
        for symbol, count in wanted.items():
            total[symbol] = total.get(symbol, 0) + count
    return total


def _claimants(expected: Mapping[str, Mapping[str, int]], symbol: str) -> int:
    return sum(symbol in wanted for wanted in expected.values())

"""
`[[scenario]]` entries of a replay's positions file: what is made to happen, and when.

    do                  position   needs      may have
    refuse              yes                   reason, message, code
    lose_answer         yes
    answer_late         yes        seconds
    partial             yes                   units
    gone                yes                   units
    liquidate_leg       yes        leg        units
    assign              yes        leg (*)    units
    fill_across_cancel  yes                   units
    resting_exit        yes        net_price  units
    outside_close       yes                   units
    take                yes                   reason
    release             yes
    halt                                      reason
    resume

(*) left out it is the position's only short option.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from botd.domain.contract import Leg, option_legs
from botd.domain.instruments import parse_instrument
from botd.errors import RefusalReason
from botd.settings.reader import Table, did_you_mean
from botd.settings.values import instant, money, one_of, positive_money, shown, text, whole

_FROM_CLOSE = re.compile(r"T([+-]\d{1,4})?(?:([+-]\d{1,4})s)?", re.ASCII)
_LONGEST = Decimal(3600)
_NUMBER = f"allowed: a number above 0, up to {_LONGEST}"
_PRICE = 'write dollars per share in quotes: "-0.45"'
_units = whole(1, 100_000)


class Happening(Enum):
    """What a scenario makes happen."""

    REFUSE = "refuse"  # the next order is refused
    LOSE_ANSWER = "lose_answer"  # the next order is taken, and its answer is lost
    ANSWER_LATE = "answer_late"
    PARTIAL = "partial"  # the next order fills in part
    GONE = "gone"  # the position vanishes from the account
    LIQUIDATE_LEG = "liquidate_leg"  # the broker closes a leg by an order of its own
    ASSIGN = "assign"
    FILL_ACROSS_CANCEL = "fill_across_cancel"
    RESTING_EXIT = "resting_exit"  # somebody else's closing order works, as a take-profit does
    OUTSIDE_CLOSE = "outside_close"  # somebody closes the position at another desk
    TAKE = "take"
    RELEASE = "release"
    HALT = "halt"
    RESUME = "resume"


_HAPPENINGS = ", ".join(each.value for each in Happening)
_WITHOUT_POSITION = frozenset({Happening.HALT, Happening.RESUME})
_WITH_LEG = frozenset({Happening.LIQUIDATE_LEG, Happening.ASSIGN})
_WITH_REASON = frozenset({Happening.TAKE, Happening.HALT})
_WITH_UNITS = _WITH_LEG | {
    Happening.PARTIAL,
    Happening.GONE,
    Happening.FILL_ACROSS_CANCEL,
    Happening.RESTING_EXIT,
    Happening.OUTSIDE_CLOSE,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that happens during a replay."""

    at: datetime | timedelta  # an instant, or counted from the position's T: below 0 before it
    do: Happening
    position: str | None = None  # None: the whole daemon (halt, resume)
    leg: str | None = None  # its compact symbol
    units: int | None = None  # None: all
    reason: str | None = None  # a person's words
    refusal: RefusalReason | None = None
    message: str | None = None  # the broker's words
    code: str | None = None
    late: timedelta | None = None
    net_price: Decimal | None = None  # per share toward the account, of a resting exit


def read_scenario(
    table: Table,
    positions: Mapping[str, tuple[Leg, ...]],
    named: Collection[str],
) -> Scenario | None:
    """
    Read one entry; None after a fault that leaves none.

    Args:
        table: the entry.
        positions: the legs of the file's positions without fault.
        named: every position that the file names, with faults or without.
    """
    at = table.need("at", _at, 'an instant, or from the close: "T-10"')
    do = table.need("do", one_of(Happening), f"allowed: {_HAPPENINGS}")
    if at is None or do is None:
        return None
    position = None
    if do not in _WITHOUT_POSITION:
        position = table.need(
            "position", lambda found: _position(found, named), _one_of(sorted(named))
        )
    is_refusal = do is Happening.REFUSE
    scenario = Scenario(
        at=at,
        do=do,
        position=position,
        leg=_leg(table, do, positions.get(position or "")) if do in _WITH_LEG else None,
        units=table.get("units", _units, None) if do in _WITH_UNITS else None,
        reason=table.get("reason", text, None) if do in _WITH_REASON else None,
        refusal=table.get("reason", one_of(RefusalReason), None) if is_refusal else None,
        message=table.get("message", text, None) if is_refusal else None,
        code=table.get("code", text, None) if is_refusal else None,
        late=table.need("seconds", _seconds, _NUMBER) if do is Happening.ANSWER_LATE else None,
        net_price=table.need("net_price", money, _PRICE) if do is Happening.RESTING_EXIT else None,
    )
    table.done()
    return scenario


def _at(found: object) -> datetime | timedelta:
    parts = _FROM_CLOSE.fullmatch(found) if isinstance(found, str) else None
    if parts is not None:
        minutes, seconds = (int(part or 0) for part in parts.groups())
        return timedelta(minutes=minutes, seconds=seconds)
    try:
        return instant(found)
    except ValueError as error:
        raise ValueError(f'{error}, or from the close: "T-10", "T-10+3s"') from None


def _one_of(names: Iterable[str]) -> str:
    return f"allowed: {', '.join(names) or 'none'}"


def _position(found: object, named: Collection[str]) -> str:
    position = text(found)
    if position in named:
        return position
    near = did_you_mean(position, sorted(named))
    raise ValueError(f"no position {shown(position)} in this file{near}")


def _leg(table: Table, do: Happening, legs: tuple[Leg, ...] | None) -> str | None:
    if table.has("leg"):
        return table.get("leg", lambda found: _leg_of(found, legs), None)
    shorts = [contract for contract, quantity in option_legs(legs or ()) if quantity < 0]
    if do is Happening.ASSIGN and len(shorts) == 1:
        return shorts[0].symbol
    table.need("leg", text, _one_of([leg.symbol for leg in legs or ()]))
    return None


def _leg_of(found: object, legs: tuple[Leg, ...] | None) -> str:
    symbol = parse_instrument(text(found)).symbol
    if legs is not None and symbol not in (held := [leg.symbol for leg in legs]):
        raise ValueError(f"{shown(symbol)} is no leg of the position; allowed: {', '.join(held)}")
    return symbol


def _seconds(found: object) -> timedelta:
    seconds = positive_money(found) if not isinstance(found, str) else Decimal(0)
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"{shown(found)}; {_NUMBER}")
    return timedelta(microseconds=int(seconds * 1_000_000))

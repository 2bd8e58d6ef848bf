"""Domain values as the ledger stores them, and back; exact both ways."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from botd.domain.contract import Instrument, Leg, Shares
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.instruments import ending, parse_instrument
from botd.domain.position import (
    Assignment,
    BrokerWords,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Policy,
    Position,
    Status,
)
from botd.errors import LedgerError, Refusal, RefusalReason
from botd.ledger.columns import instant_text, money_text, read_instant

Stored: TypeAlias = dict[str, Any]  # column name -> text, integer or None

_Member = TypeVar("_Member", bound=Enum)

JSON_COLUMNS = frozenset({"legs", "lots", "outcomes", "broker_error", "tags"})

_instrument = lru_cache(maxsize=65_536)(parse_instrument)


def to_json(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write JSON in the one way that the ledger compares."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Read JSON."""
    return json.loads(text)


def legs_text(legs: tuple[Leg, ...]) -> str:
    """Write legs: `[["GOOG151224P00740000", -1], ...]`."""
    return to_json(_plain_legs(legs))


@lru_cache(maxsize=16_384)
def read_legs(text: str) -> tuple[Leg, ...]:
    """Read legs; the same text gives the same legs."""
    return _legs(json.loads(text))


def _plain_legs(legs: tuple[Leg, ...]) -> list[list[str | int]]:
    return [[leg.symbol, leg.quantity, *_told_end(leg)] for leg in legs]


def _told_end(leg: Leg) -> tuple[str, ...]:
    """Write when trading ends, where the symbol does not tell it: events, and some futures."""
    ends_at = None if isinstance(leg.instrument, Shares) else leg.instrument.ends_at
    return () if ends_at is None else (instant_text(ends_at),)


def _legs(plain: list[list[Any]]) -> tuple[Leg, ...]:
    return tuple(Leg(_read_instrument(*leg), leg[1]) for leg in plain)


def _read_instrument(symbol: str, _: int, ends_at: str | None = None) -> Instrument:
    return ending(_instrument(symbol), None if ends_at is None else read_instant(ends_at))


def _lots_text(lots: tuple[Lot, ...]) -> str:
    return to_json([[lot.units, _plain_legs(lot.legs), money_text(lot.accrued)] for lot in lots])


@lru_cache(maxsize=16_384)
def _read_lots(text: str) -> tuple[Lot, ...]:
    return tuple(
        Lot(units, _legs(legs), Decimal(accrued)) for units, legs, accrued in json.loads(text)
    )


def _outcomes_text(outcomes: tuple[Outcome, ...]) -> str:
    return to_json(
        [
            [
                part.units,
                part.how.value,
                _money(part.net_price),
                instant_text(part.at),
                _money(part.fees),
            ]
            for part in outcomes
        ],
    )


@lru_cache(maxsize=16_384)
def _read_outcomes(text: str) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(units, How(how), _read_money(net_price), read_instant(at), _read_money(fees))
        for units, how, net_price, at, fees in json.loads(text)
    )


def _words_text(words: BrokerWords | None) -> str | None:
    if words is None:
        return None
    return to_json([words.message, words.code, words.http_status, instant_text(words.at)])


def _read_words(text: str | None) -> BrokerWords | None:
    if text is None:
        return None
    message, code, http_status, at = json.loads(text)
    return BrokerWords(message, code, http_status, read_instant(at))


def refusal_text(refusal: Refusal | None) -> str | None:
    """Write a broker's refusal."""
    if refusal is None:
        return None
    return to_json([refusal.reason.value, refusal.message, refusal.code, refusal.http_status])


def read_refusal(text: str | None) -> Refusal | None:
    """Read a broker's refusal."""
    if text is None:
        return None
    reason, message, code, http_status = json.loads(text)
    return Refusal(RefusalReason(reason), message, code, http_status)


def moneyness_text(moneyness: tuple[LegMoneyness, ...]) -> str:
    """Write what was known of each leg."""
    return to_json(
        [
            [
                leg.symbol,
                leg.state.value,
                money_text(leg.strike),
                _money(leg.spot),
                None if leg.spot_at is None else instant_text(leg.spot_at),
                leg.note,
            ]
            for leg in moneyness
        ],
    )


def read_moneyness(text: str | None) -> tuple[LegMoneyness, ...]:
    """Read what was known of each leg; nothing where nothing was."""
    return tuple(
        LegMoneyness(
            symbol,
            Moneyness(state),
            Decimal(strike),
            _read_money(spot),
            None if spot_at is None else read_instant(spot_at),
            note,
        )
        for symbol, state, strike, spot, spot_at, note in json.loads(text or "[]")
    )


def stored(position: Position) -> Stored:
    """Write a position's columns, all but those that count its events."""
    return {
        "id": position.id,
        "number": position.number,
        "bot": position.bot,
        "broker": position.broker,
        "account": position.account,
        "underlying": position.underlying,
        "strategy": position.strategy,
        "legs": legs_text(position.legs),
        "units": position.units,
        "units_open": position.units_open,
        "opened_at": instant_text(position.opened_at),
        "open_net_price": _money(position.open_net_price),
        "expiration": None if position.expiration is None else position.expiration.isoformat(),
        "closes_at": None if position.closes_at is None else instant_text(position.closes_at),
        "status": position.status.value,
        "managed_by": position.managed_by.value,
        "manual_reason": _value(position.manual_reason),
        "assignment": _value(position.assignment),
        "confirmed": int(position.confirmed),
        "broker_error": _words_text(position.broker_error),
        "fact": position.fact,
        "policy": _value(position.policy),
        "lots": _lots_text(position.lots),
        "outcomes": _outcomes_text(position.outcomes),
        "closed_by": _value(position.closed_by),
        "closed_at": None if position.closed_at is None else instant_text(position.closed_at),
        "campaign": position.campaign,
        "epoch": position.epoch,
        "tags": to_json(position.tags),
    }


@contextmanager
def reading(what: str, name: object) -> Iterator[None]:
    """
    Tell of a row that was never written so: a byte of the file is not what it was.

    Raises:
        LedgerError: something in the row cannot be read.
    """
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise LedgerError(
            f"{what} {name!r}: its row is damaged ({error}). Run `botd ledger check`",
        ) from error


def read_position(row: Stored) -> Position:
    """
    Read a position from its columns.

    Raises:
        LedgerError: the row is damaged.
    """
    with reading("position", row["id"]):
        return _read_position(row)


def _read_position(row: Stored) -> Position:
    expiration, closes_at, closed_at = row["expiration"], row["closes_at"], row["closed_at"]
    return Position(
        id=row["id"],
        number=row["number"],
        bot=row["bot"],
        broker=row["broker"],
        account=row["account"],
        underlying=row["underlying"],
        strategy=row["strategy"],
        legs=read_legs(row["legs"]),
        units=row["units"],
        opened_at=read_instant(row["opened_at"]),
        open_net_price=_read_money(row["open_net_price"]),
        expiration=None if expiration is None else date.fromisoformat(expiration),
        closes_at=None if closes_at is None else read_instant(closes_at),
        status=Status(row["status"]),
        managed_by=Management(row["managed_by"]),
        manual_reason=_member(ManualReason, row["manual_reason"]),
        assignment=_member(Assignment, row["assignment"]),
        confirmed=bool(row["confirmed"]),
        broker_error=_read_words(row["broker_error"]),
        fact=row["fact"],
        policy=_member(Policy, row["policy"]),
        lots=_read_lots(row["lots"]),
        outcomes=_read_outcomes(row["outcomes"]),
        closed_by=_member(ClosedBy, row["closed_by"]),
        closed_at=None if closed_at is None else read_instant(closed_at),
        campaign=row["campaign"],
        epoch=row["epoch"],
        tags=json.loads(row["tags"]),
    )


def _value(member: Enum | None) -> str | None:
    return None if member is None else member.value


def _member(kind: type[_Member], value: str | None) -> _Member | None:
    return None if value is None else kind(value)


def _money(money: Decimal | None) -> str | None:
    return None if money is None else money_text(money)


def _read_money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

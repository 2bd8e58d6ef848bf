"""
A book of twenty positions on a half-day, what befalls each, and how each has to end.

    fills, sold, vertical, condor    close at the first attempt
    partly       one of three contracts is there at T-10, the others at T-5
    lost_answer  the order arrives, its answer does not
    lost_order   the order does not arrive
    resting      somebody's take-profit holds the contract; it is cancelled first
    gone         assigned in the moment in which the close arrives
    zero, soon   gone in that moment, told in the broker's other words for it
    smaller      two of three gone in that moment
    locked       refused, though still held
    late         taken, and rejected later
    shed         the broker sold the long leg in the morning: the short is bought back
    torn         the broker bought the short leg back: the long hedges nothing, a person looks
    early        assigned two nights before, and the record tells
    vanished     gone two nights before, without a record
    idle         out of the money
    covered      in the money on purpose, with its shares
    handed       in the money, and its policy gives it to a person
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.servers.alpaca_words import expires_soon
from tests.system.stage import DAY, at

Command = dict[str, Any]
Ending = tuple[str | None, ...]  # status, managed_by, manual_reason, assignment, closed_by

CUT = f"{DAY[2:4]}{DAY[5:7]}{DAY[8:]}"
_FIRST, _LAST, _EVERY = at("17:40:00"), at("18:00:00"), timedelta(seconds=40)
_PRINTED = at("18:00:30").isoformat()
_HOLIDAYS = {"2026-11-26": None, DAY: "13:00", "2026-12-24": "13:00", "2026-12-25": None}

CLOSED: Ending = ("closed", "bot", None, None, "bot")
REFUSED: Ending = ("assigned", "manual", "refused", "presumed", None)
_SPOTS = {
    "SPY": "600.10",
    "QQQ": "500.10",
    "IWM": "222.00",
    "AAPL": "200.00",
    "MSFT": "405.00",
    "GOOG": "180.00",
    "ORCL": "250.00",
    "NFLX": "100.00",
    "TSLA": "305.00",
    "NVDA": "152.00",
    "AMD": "140.00",
    "META": "510.00",
    "KO": "62.00",
    "INTC": "32.00",
}


def occ(name: str) -> str:
    """Write a contract of the day: `occ("SPY 590C")`; a ticker stays."""
    root, _, rest = name.partition(" ")
    return f"{root}{CUT}{rest[-1]}{int(rest[:-1]) * 1000:08d}" if rest else root


@dataclass(frozen=True, slots=True)
class Held:
    """One position of the book: its legs per unit, their quotes, and how it has to end."""

    name: str
    legs: Mapping[str, int]
    quotes: Mapping[str, tuple[str, str]]  # bid and ask
    ends: Ending = CLOSED
    units: int = 1
    policy: str | None = None
    befalls: tuple[Command, ...] = ()
    words: str | None = None  # of what the broker said
    fact: str | None = None  # how what is probably true begins
    is_posted: bool = False  # the records of the next morning tell of an assignment

    @property
    def is_handed_over(self) -> bool:
        """Whether a person has it in the evening."""
        return "manual" in self.ends

    @property
    def outcomes(self) -> tuple[tuple[int, str], ...]:
        """Tell what is booked in the evening: so many units, and how they ended."""
        if self.name == "partly":
            return ((1, "closed"), (2, "closed"))
        booked = self.ends[0] in {"closed", "expired"} or self.name == "early"
        return ((self.units, str(self.ends[0])),) if booked else ()

    @property
    def entry(self) -> str:
        """Write its entry of a positions file."""
        legs = ", ".join(
            f'{{ symbol = "{occ(leg)}", quantity = {size} }}' for leg, size in self.legs.items()
        )
        policy = f'policy = "{self.policy}"\n' if self.policy else ""
        return (
            f'[[position]]\nid = "{self.name}"\nbot = "shorts"\nopened_at = {DAY}T14:30:00Z\n'
            f'units = {self.units}\nnet_price = "1.20"\n{policy}legs = [{legs}]\n\n'
        )


def refuse(leg: str, reason: str, **detail: object) -> Command:
    """Refuse the next order of a contract."""
    return {"do": "refuse", "on_order": occ(leg), "reason": reason, "detail": detail}


def gone(leg: str, quantity: int) -> Command:
    """Let contracts vanish in the moment in which their next order comes."""
    symbol = occ(leg)
    return {"do": "gone", "on_order": symbol, "symbol": symbol, "quantity": quantity}


def lost(leg: str, kind: str) -> Command:
    """Lose the first order of a contract, or its answer."""
    return {"do": "fault", "kind": kind, "call": "submit", "said": occ(leg)}


def liquidated(leg: str, price: str) -> Command:
    """Let the broker close a leg in the morning."""
    morning = at("15:00:00").isoformat()
    return {"do": "liquidate", "at": morning, "symbol": occ(leg), "quantity": 1, "price": price}


def book_of(dialect: str) -> tuple[Held, ...]:
    """Give the book; what the broker says when it says no differs."""
    return (*_closing(), *_torn(), *_gone(dialect), *_still_held(dialect), *_left())


def _closing() -> Iterator[Held]:
    yield Held("fills", {"SPY 590C": -1}, {"SPY 590C": ("10.05", "10.15")}, units=2)
    yield Held("sold", {"SPY 612P": 1}, {"SPY 612P": ("11.85", "11.95")})
    pair = {"QQQ 495C": ("5.05", "5.15"), "QQQ 505C": ("0.02", "0.04")}
    yield Held("vertical", {"QQQ 495C": -1, "QQQ 505C": 1}, pair, units=2)
    four = {"IWM 220C": -1, "IWM 225C": 1, "IWM 215P": -1, "IWM 210P": 1}
    calls = {"IWM 220C": ("2.00", "2.06"), "IWM 225C": ("0.02", "0.04")}
    puts = {"IWM 215P": ("0.02", "0.03"), "IWM 210P": ("0.01", "0.02")}
    yield Held("condor", four, calls | puts)
    one = {"do": "quote", "symbol": occ("SPY 595C"), "bid": "5.05", "ask": "5.15", "size": 1}
    dearer = {"do": "quote", "symbol": occ("SPY 595C"), "bid": "5.20", "ask": "5.30"}
    again = ("17:53:40", "17:55:30", "17:57:00", "17:58:30")
    shown: list[Command] = [one | {"at": at("17:49:40").isoformat()}]
    shown += [dearer | {"at": at(instant).isoformat()} for instant in again]
    yield Held("partly", {"SPY 595C": -1}, {}, units=3, befalls=tuple(shown))
    answer = {"SPY 585C": ("15.05", "15.15")}
    yield Held("lost_answer", {"SPY 585C": -1}, answer, befalls=(lost("SPY 585C", "lose_after"),))
    order = {"SPY 580C": ("20.05", "20.15")}
    yield Held("lost_order", {"SPY 580C": -1}, order, befalls=(lost("SPY 580C", "lose_before"),))
    exit_ = {"do": "rest", "symbol": occ("QQQ 490C"), "quantity": 1, "net_price": "-3.00"}
    yield Held("resting", {"QQQ 490C": -1}, {"QQQ 490C": ("10.05", "10.15")}, befalls=(exit_,))


def _torn() -> Iterator[Held]:
    pair = {"TSLA 300C": ("4.90", "5.10"), "TSLA 310C": ("0.05", "0.10")}
    yield Held(
        "shed",
        {"TSLA 300C": -1, "TSLA 310C": 1},
        pair,
        befalls=(liquidated("TSLA 310C", "0.05"),),
    )
    pair = {"NVDA 150C": ("1.90", "2.10"), "NVDA 155C": ("0.05", "0.10")}
    yield Held(
        "torn",
        {"NVDA 150C": -1, "NVDA 155C": 1},
        pair,
        ("open", "manual", "broken_spread", None, None),
        befalls=(liquidated("NVDA 150C", "2.10"),),
        fact="spread has lost a leg",
    )
    early = {"do": "assign", "symbol": occ("AMD 150P"), "quantity": 1}
    yield Held(
        "early",
        {"AMD 150P": -1},
        {"AMD 150P": ("9.90", "10.10")},
        ("assigned", "bot", None, "confirmed", None),
        befalls=(early,),
        is_posted=True,
    )
    trace = {"do": "gone", "symbol": occ("META 500C"), "quantity": 1}
    yield Held(
        "vanished",
        {"META 500C": -1},
        {"META 500C": ("9.90", "10.10")},
        ("assigned", "manual", "gone", "presumed", None),
        befalls=(trace,),
        fact="no longer held and nothing explains it",
    )


def _gone(dialect: str) -> Iterator[Held]:
    yield Held(
        "gone",
        {"AAPL 190C": -1},
        {"AAPL 190C": ("9.90", "10.10")},
        REFUSED,
        befalls=(gone("AAPL 190C", 1) | {"do": "assign"},),
        words=_words(dialect, "position intent mismatch", "UnexpectedBuyToCoverOrderOption"),
        fact="REFUSED, NO LONGER HELD",
        is_posted=True,
    )
    figures = {"symbol": occ("GOOG 185P"), "existing_qty": 0, "held_for_orders": 0}
    told = (refuse("GOOG 185P", "position_smaller", **figures),) if dialect == "alpaca" else ()
    yield Held(
        "zero",
        {"GOOG 185P": 1},
        {"GOOG 185P": ("4.90", "5.10")},
        REFUSED,
        befalls=(gone("GOOG 185P", 1), *told),
        words=_words(dialect, "requested: 1, available: 0", "UnexpectedSellOrderOption"),
        fact="REFUSED, NO LONGER HELD",
    )
    soon = expires_soon(occ("ORCL 260P")).message
    told = (refuse("ORCL 260P", "other", words=soon),) if dialect == "alpaca" else ()
    yield Held(
        "soon",
        {"ORCL 260P": 1},
        {"ORCL 260P": ("9.90", "10.10")},
        REFUSED,
        units=2,
        befalls=(gone("ORCL 260P", 2 if told else 1), *told),
        words=_words(dialect, "expires soon, unable to open", "LongPositionCrossZero"),
        fact="REFUSED, NO LONGER HELD" if told else "REFUSED, PARTLY HELD",
    )
    yield Held(
        "smaller",
        {"NFLX 95C": -1},
        {"NFLX 95C": ("4.90", "5.10")},
        REFUSED,
        units=3,
        befalls=(gone("NFLX 95C", 2),),
        words=_words(dialect, "requested: 3, available: 1", "ShortPositionCrossZero"),
        fact="REFUSED, PARTLY HELD",
    )


def _still_held(dialect: str) -> Iterator[Held]:
    lock = {"do": "lock", "symbol": occ("MSFT 400C")}
    is_alpaca = dialect == "alpaca"
    yield Held(
        "locked",
        {"MSFT 400C": -1, "MSFT 410C": 1},
        {"MSFT 400C": ("4.90", "5.10"), "MSFT 410C": ("0.05", "0.10")},
        REFUSED,
        befalls=(lock if is_alpaca else refuse("MSFT 400C", "position_gone"),),
        words=_words(dialect, "active assignment lock on", "UnexpectedBuyToCoverOrderOption"),
        fact="REFUSED, ASSIGNMENT UNDER WAY" if is_alpaca else "REFUSED, STILL HELD",
        is_posted=True,
    )
    later = refuse("IWM 218C", "other", words="Rejected by the exchange")
    yield Held(
        "late",
        {"IWM 218C": -1},
        {"IWM 218C": ("4.00", "4.06")},
        REFUSED,
        befalls=(later | {"do": "reject_later", "seconds": 2},),
        words=_words(dialect, "rejected", "Rejected by the exchange"),
        fact="REFUSED, STILL HELD",
        is_posted=True,
    )


def _left() -> Iterator[Held]:
    idle: Ending = ("expired", "bot", None, None, None)
    yield Held("idle", {"SPY 615C": -1}, {"SPY 615C": ("0.01", "0.02")}, idle)
    yield Held(
        "covered",
        {"KO": 100, "KO 60C": -1},
        {"KO 60C": ("1.95", "2.05")},
        ("open", "bot", None, None, None),
        policy="accept",
        is_posted=True,
    )
    yield Held(
        "handed",
        {"INTC 30C": -1},
        {"INTC 30C": ("1.95", "2.05")},
        ("open", "manual", "policy", None, None),
        policy="hand_over",
        fact="in the money",
        is_posted=True,
    )


def _words(dialect: str, alpaca: str, tradier: str) -> str:
    return alpaca if dialect == "alpaca" else tradier


def commands(book: tuple[Held, ...]) -> list[Command]:
    """Tell a server what it is to hold and to show, and what is to befall it."""
    held: dict[str, int] = {}
    for one in book:
        for leg, size in one.legs.items():
            held[occ(leg)] = held.get(occ(leg), 0) + size * one.units
    days = [{"do": "close_day", "day": day, "close": close} for day, close in _HOLIDAYS.items()]
    return [
        *days,
        {"do": "hold", "quantities": held},
        *_market(book),
        *(
            {"do": "official_close", "symbol": name, "day": DAY, "price": spot, "at": _PRINTED}
            for name, spot in _SPOTS.items()
        ),
        *(command for one in book for command in one.befalls),
    ]


def _market(book: tuple[Held, ...]) -> Iterator[Command]:
    """Show everything anew every forty seconds, so that no quote is old."""
    instant = _FIRST
    while instant < _LAST:
        shown = {"at": instant.isoformat()}
        for name, spot in _SPOTS.items():
            yield {"do": "trade", "symbol": name, "price": spot} | shown
        for one in book:
            for leg, (bid, ask) in one.quotes.items():
                yield {"do": "quote", "symbol": occ(leg), "bid": bid, "ask": ask} | shown
        instant += _EVERY

"""
The rules of option roots, as data.

    root               class          style     delivery  settles  last session     T
    SPX NDX RUT DJX    index_am       European  cash      AM       the one before   its close
    VIX VIXW           volatility_am  European  cash      AM       the one before   its close
    SPXW XSP NDXP XND  index_pm       European  cash      PM       expiration       its close
    RUTW MRUT XEO
    OEX                index_pm       American  cash      PM       expiration       its close
    SPY QQQ IWM ...    etf            American  shares    PM       expiration       its close
    BTC ETH            equity         American  shares    PM       expiration       its close
    crypto_spec(BTC)   crypto         European  cash      PM       around the clock 08:00 UTC
    event_spec(100)    event          European  cash      -        around the clock its event's end
    any other          equity         American  shares    PM       expiration       its close

Sources: Cboe, Nasdaq and NYSE contract specifications; Deribit's contract
introduction policy. Some funds' options trade to 16:15, also on their last day;
nothing here rests on that quarter of an hour, because exercise looks at 16:00.

The penny programme is not known from the root. A step of 0.05 and 0.10 is a whole
number of every finer step, so an unknown root takes that one.
"""

import re
from dataclasses import replace
from datetime import time
from decimal import Decimal
from functools import lru_cache

from botd.domain.contract import (
    Delivery,
    ExerciseStyle,
    LastSession,
    RootSpec,
    Settlement,
    TickRule,
)

CRYPTO_ASSETS = frozenset({"BTC", "ETH"})  # with options that end at 08:00 UTC
_CRYPTO_SIZES = {"BTC": Decimal("0.01"), "ETH": Decimal("0.1")}  # coins a contract (ClickOptions)
EVENT_STRIKE = Decimal(50)  # dollars per share: the side that stands above it wins

_ADJUSTED = re.compile(r"[A-Z.]{1,5}[0-9]")
_MINI_DIGITS = frozenset("789")  # 7: ten shares, until December 2014; 8 and 9: adjusted minis
_MINI_MULTIPLIER = 10

_INDEX_AM = {"SPX": "SPX", "NDX": "NDX", "RUT": "RUT", "DJX": "DJX"}
_VOLATILITY_AM = {"VIX": "VIX", "VIXW": "VIX"}
_INDEX_PM = {
    "SPXW": "SPX",
    "XSP": "XSP",
    "NDXP": "NDX",
    "XND": "XND",
    "RUTW": "RUT",
    "MRUT": "MRUT",
    "XEO": "OEX",
    "OEX": "OEX",
}
# Funds whose options trade to 16:15 (information only; the list changes).
_LATE_CLOSE_FUNDS = frozenset(
    """
    AMJ DBA DBB DBC DBO DIA EEM EFA FXI GAZ GLD IWM IWN IWO IWV IYR JJC KBE KRE LQD MDY MOO
    OEF OIL QQQ SLX SPY SVIX SVXY TLT UNG UUP UVIX UVXY VIXM VIXY VXX VXZ XHB XLB XLC XLE
    XLF XLI XLK XLP XLRE XLU XLV XLY XME XRT
    """.split(),  # noqa: SIM905 - a table, not a list of quotes
)
_PENNY = frozenset({"SPY", "QQQ", "IWM"})  # 0.01 at every price
_SPX_STEPS = frozenset({"SPX", "SPXW"})
_DOTTED = {"BRKB": "BRK.B", "BFB": "BF.B"}  # option roots drop the dot of a share class


@lru_cache(maxsize=8192)
def spec_of(root: str) -> RootSpec:
    """
    Give the rules of an option root as it stands in an OCC symbol.

    An unknown root is an equity option. A root that ends in a digit is an adjusted
    contract (OCC): what it delivers is not the underlying's 100 shares, so that its
    moneyness cannot be read off the spot. `BTC` and `ETH` are options on US funds
    here; `crypto_spec` gives the ones that end at 08:00 UTC.
    """
    index = _index_spec(root)
    if index is not None:
        return index
    if _ADJUSTED.fullmatch(root):
        return _adjusted_spec(root)
    product_class = "etf" if root in _LATE_CLOSE_FUNDS else "equity"
    tick_rule = TickRule.PENNY if root in _PENNY else TickRule.NICKEL_DIME
    return RootSpec(root, _DOTTED.get(root, root), product_class, tick_rule=tick_rule)


def crypto_spec(asset: str) -> RootSpec:
    """
    Give the rules of a Deribit-style option on *asset*: European, cash, 08:00 UTC.

    They trade around the clock on every day of the year.
    """
    return RootSpec(
        asset,
        asset,
        "crypto",
        exercise_style=ExerciseStyle.EUROPEAN,
        delivery=Delivery.CASH,
        last_session=LastSession.FIXED_UTC,
        multiplier=1,
        ends_at_utc=time(8, 0),
        contract_size=_CRYPTO_SIZES[asset],
    )


@lru_cache(maxsize=8192)
def event_spec(market: str) -> RootSpec:
    """
    Give the rules of an event contract: cash, one sum or nothing, at its event's end.

    The market's id is its root. Prices are in dollars per share, a hundred and none of them
    the two ends (Intotes: 10000 and 0 cents).
    """
    return RootSpec(
        market,
        f"event:{market}",
        "event",
        exercise_style=ExerciseStyle.EUROPEAN,
        delivery=Delivery.CASH,
        last_session=LastSession.GIVEN,
        multiplier=1,
        tick_rule=TickRule.PENNY,
        payout=2 * EVENT_STRIKE,
    )


def _index_spec(root: str) -> RootSpec | None:
    if root in _INDEX_PM:
        style = ExerciseStyle.AMERICAN if root == "OEX" else ExerciseStyle.EUROPEAN
        return replace(_cash_spec(root, _INDEX_PM[root], "index_pm"), exercise_style=style)
    if root in _INDEX_AM:
        return _settled_at_open(_cash_spec(root, _INDEX_AM[root], "index_am"))
    if root in _VOLATILITY_AM:
        return _settled_at_open(_cash_spec(root, _VOLATILITY_AM[root], "volatility_am"))
    return None


def _cash_spec(root: str, underlying: str, product_class: str) -> RootSpec:
    return RootSpec(
        root,
        underlying,
        product_class,
        exercise_style=ExerciseStyle.EUROPEAN,
        delivery=Delivery.CASH,
        tick_rule=TickRule.SPX if root in _SPX_STEPS else TickRule.NICKEL_DIME,
    )


def _settled_at_open(spec: RootSpec) -> RootSpec:
    return replace(spec, settlement=Settlement.AM, last_session=LastSession.BEFORE)


def _adjusted_spec(root: str) -> RootSpec:
    multiplier = _MINI_MULTIPLIER if root[-1] in _MINI_DIGITS else 100
    underlying = _DOTTED.get(root[:-1], root[:-1])
    return RootSpec(root, underlying, "equity", multiplier=multiplier, is_adjusted=True)

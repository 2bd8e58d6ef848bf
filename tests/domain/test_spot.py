from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.contract import OptionContract
from botd.domain.quote import LastTrade, MarketView, Quote, Spot
from botd.domain.spot import SpotFinding, find_spot
from tests.domain.given import ADJUSTED, NOW, SESSION, SPXW, option, quote, view

PAIR = (option("750C"), option("750P"))
PAIR_QUOTES = (quote("750C", "0.15", "0.30"), quote("750P", "0.45", "0.90"))  # 17:50Z, real


def find(
    market: MarketView,
    *strikes: str,
    options: tuple[OptionContract, ...] = (),
) -> SpotFinding:
    return find_spot(
        "GOOG",
        market,
        strikes=tuple(Decimal(strike) for strike in strikes or ("750",)),
        session=SESSION,
        max_age=timedelta(seconds=60),
        options=options,
    )


def spot(price: str, source: str, age: float = 0) -> Spot:
    return Spot(Decimal(price), NOW - timedelta(seconds=age), source)


@pytest.mark.parametrize(
    ("market", "expected"),
    [
        pytest.param(view(trade="749.62"), spot("749.62", "trade"), id="last trade"),
        pytest.param(
            view(trade="749.62", trade_age=60), spot("749.62", "trade", 60), id="just young enough"
        ),
        pytest.param(
            view(quote("GOOG", "749.50", "749.60", age=1), trade="749.62", trade_age=1),
            spot("749.62", "trade", 1),
            id="of the same instant the trade",
        ),
        pytest.param(
            view(quote("GOOG", "749.50", "749.60"), trade="749.62", trade_age=1),
            spot("749.55", "quote"),
            id="the mid of a newer quote",
        ),
        pytest.param(
            view(quote("GOOG", "749.50", "749.60", age=60)),
            spot("749.55", "quote", 60),
            id="a quote alone",
        ),
        pytest.param(
            view(quote("GOOG", "749.60", "749.50"), trade="749.62", trade_age=1),
            spot("749.62", "trade", 1),
            id="a crossed quote leaves the trade",
        ),
        pytest.param(
            view(quote("GOOG", "90", "110")), spot("100", "quote"), id="a fifth of the mid wide"
        ),
        pytest.param(
            view(quote("GOOG", "100", "100")), spot("100", "quote"), id="locked is a price"
        ),
        pytest.param(
            view(quote("GOOG", "749.50", "749.60"), trade="0"),
            spot("749.55", "quote"),
            id="a trade at zero is none",
        ),
        pytest.param(
            view(quote("GOOG", "625", "625"), trade="750"),
            spot("750", "trade"),
            id="a fifth apart is still a market",
        ),
    ],
)
def test_fresh_spot(market: MarketView, expected: Spot) -> None:
    """The last trade decides, or the mid of a newer quote, without a word."""
    assert SpotFinding(expected) == find(market)
    assert not find(market).is_flagged


@pytest.mark.parametrize(
    "market",
    [
        pytest.param(view(), id="nothing"),
        pytest.param(view(trade="749.62", trade_age=60.001), id="trade too old"),
        pytest.param(view(quote("GOOG", "749.5", "749.6", age=61)), id="quote too old"),
        pytest.param(view(quote("GOOG", "749.60", "749.50")), id="crossed"),
        pytest.param(view(quote("GOOG", "0", "749.50")), id="no bid"),
        pytest.param(view(quote("GOOG", None, "749.50")), id="one-sided: no bid"),
        pytest.param(view(quote("GOOG", "749.50", None)), id="one-sided: no ask"),
        pytest.param(view(quote("GOOG", "89.99", "110")), id="wider than a fifth of the mid"),
        pytest.param(view(trade="749.62", trade_age=-31), id="stamped in the future"),
        pytest.param(
            view(replace(quote("GOOG", "749.5", "749.6"), is_indicative=True)), id="indicative"
        ),
        pytest.param(
            view(replace(quote("GOOG", "749.5", "749.6"), bid_at=NOW - timedelta(seconds=61))),
            id="a carried side makes the mid as old as itself",
        ),
    ],
)
def test_no_spot(market: MarketView) -> None:
    """What cannot be trusted near a strike is no spot, and it is said."""
    assert SpotFinding(None, "no usable spot of GOOG") == find(market)
    assert find(market).is_flagged


def test_print_after_the_close_is_not_used() -> None:
    """GOOG printed 748.38 three minutes after the close at 748.40: it does not count."""
    now = SESSION.closes_at + timedelta(minutes=3)
    market = view(trade="748.38", now=now)

    assert SpotFinding(None, "no usable spot of GOOG") == find(market)


def test_print_at_the_close_is_used() -> None:
    """A print stamped exactly at the close belongs to the session."""
    market = view(trade="748.40", now=SESSION.closes_at)

    assert SpotFinding(Spot(Decimal("748.40"), SESSION.closes_at, "trade")) == find(market)


def test_print_before_the_opening_is_not_used() -> None:
    """A print of the morning before the opening is not of the session."""
    now = SESSION.opens_at + timedelta(seconds=5)
    market = view(trade="750.20", trade_age=6, now=now)

    assert SpotFinding(None, "no usable spot of GOOG") == find(market)


def test_bad_print_does_not_call_a_short_out_of_the_money() -> None:
    """A print far off a good quote leaves both unbelieved, for one of them is wrong."""
    market = view(quote("GOOG", "749.50", "749.60"), trade="7.49")

    assert SpotFinding(None, "trade and quote disagree of GOOG") == find(market)


def test_options_decide_between_sources_that_disagree() -> None:
    """Where trade and quote contradict each other, the options say what is true."""
    market = view(quote("GOOG", "74.95", "74.96"), *PAIR_QUOTES, trade="749.62")
    expected = SpotFinding(spot("749.55", "implied"), "spot implied by the options")

    assert expected == find(market, options=PAIR)


def test_halted_underlying_is_named() -> None:
    """A halted underlying's last trade decides, and the halt is told."""
    market = view(trade="749.62", halted=["GOOG"])

    assert SpotFinding(spot("749.62", "trade"), "GOOG is halted") == find(market)


def test_halted_underlying_without_a_spot_is_named() -> None:
    """A halt explains why there is no spot."""
    expected = SpotFinding(None, "GOOG is halted, no usable spot of GOOG")

    assert expected == find(view(halted=["GOOG"]))


@pytest.mark.parametrize(
    ("price", "age", "note"),
    [
        pytest.param("712.49", 720, "spot 12 min old, 5 % away", id="a cent beyond 5 percent"),
        pytest.param("787.51", 720, "spot 12 min old, 5 % away", id="above"),
        pytest.param("600", 900, "spot 15 min old, 20 % away", id="fifteen minutes"),
        pytest.param("600", 61, "spot 1 min old, 20 % away", id="a second too old"),
    ],
)
def test_old_spot_far_from_the_strike_decides(price: str, age: float, note: str) -> None:
    """Up to fifteen minutes old and more than 5 % away still decides, flagged."""
    market = view(trade=price, trade_age=age)

    assert SpotFinding(spot(price, "old", age), note) == find(market)


@pytest.mark.parametrize(
    ("price", "age", "strikes"),
    [
        pytest.param("712.50", 720, ("750",), id="exactly 5 percent below"),
        pytest.param("787.50", 720, ("750",), id="exactly 5 percent above"),
        pytest.param("600", 900.001, ("750",), id="older than fifteen minutes"),
        pytest.param("600", 720, ("750", "610"), id="near one of two strikes"),
    ],
)
def test_old_spot_near_a_strike_does_not_decide(
    price: str, age: float, strikes: tuple[str, ...]
) -> None:
    """Too near or too old is unknown."""
    market = view(trade=price, trade_age=age)

    assert SpotFinding(None, "no usable spot of GOOG") == find(market, *strikes)


def test_newest_of_the_old_decides() -> None:
    """An older spot far away does not outvote a newer one near the strike."""
    market = view(quote("GOOG", "749", "750", age=61), trade="600", trade_age=600)

    assert SpotFinding(None, "no usable spot of GOOG") == find(market)


def test_old_spot_without_strikes_decides() -> None:
    """With no strike to be near to, an old spot is as good as it gets."""
    market = view(trade="600", trade_age=120)
    found = find_spot(
        "GOOG", market, strikes=(), session=SESSION, max_age=timedelta(seconds=60), options=()
    )

    assert SpotFinding(spot("600", "old", 120), "spot 2 min old") == found


def test_implied_spot() -> None:
    """GOOG's own options at 17:50 put it at 749.55, where it traded at 749.62."""
    expected = SpotFinding(spot("749.55", "implied"), "spot implied by the options")

    assert expected == find(view(*PAIR_QUOTES), options=PAIR)


def test_implied_spot_is_the_median() -> None:
    """One pair with a bad quote does not move it."""
    quotes = (
        *PAIR_QUOTES,
        quote("740C", "9.1", "10.1"),
        quote("740P", "0.05", "0.05"),
        quote("760C", "5", "5"),
        quote("760P", "0.05", "0.05"),
    )
    options = tuple(option(name) for name in ("740C", "740P", "750C", "750P", "760C", "760P"))

    assert spot("749.55", "implied") == find(view(*quotes), "745", options=options).spot


@pytest.mark.parametrize(
    ("options", "quotes"),
    [
        pytest.param(PAIR[:1], PAIR_QUOTES, id="a call alone"),
        pytest.param(PAIR, PAIR_QUOTES[:1], id="a put without quote"),
        pytest.param((option("750C"), option("745P")), PAIR_QUOTES, id="of different strikes"),
        pytest.param(
            (option("750C"), option("750P 151231")),
            (PAIR_QUOTES[0], quote("750P 151231", "0.45", "0.90")),
            id="of different expirations",
        ),
        pytest.param(
            (option("750C 151229"), option("750P 151229")),
            (quote("750C 151229", "0.15", "0.30"), quote("750P 151229", "0.45", "0.90")),
            id="five days out, where carry blurs it",
        ),
        pytest.param(
            PAIR,
            (quote("750C", "0.30", "0.15"), PAIR_QUOTES[1]),
            id="crossed",
        ),
        pytest.param(
            PAIR,
            (quote("750C", "0.15", "0.30", age=61), PAIR_QUOTES[1]),
            id="a minute old",
        ),
        pytest.param(
            PAIR,
            (quote("750C", "0.15", "0.30"), quote("750P", "0.30", "0.50")),
            id="a strike within its own error",
        ),
        pytest.param(
            (option("750C", ADJUSTED), option("750P", ADJUSTED)),
            tuple(replace(one, symbol=one.symbol.replace("GOOG", "GOOG1")) for one in PAIR_QUOTES),
            id="adjusted contracts",
        ),
        pytest.param(
            (option("750C", SPXW), option("750P", SPXW)),
            tuple(replace(one, symbol=one.symbol.replace("GOOG", "SPXW")) for one in PAIR_QUOTES),
            id="of another underlying",
        ),
    ],
)
def test_options_that_imply_nothing(
    options: tuple[OptionContract, ...], quotes: tuple[Quote, ...]
) -> None:
    """Only fresh valid pairs of one strike and a near expiration imply a spot."""
    assert SpotFinding(None, "no usable spot of GOOG") == find(view(*quotes), options=options)


def test_pair_four_days_out_implies() -> None:
    """Options of the next Monday still tell the spot of a Thursday."""
    options = (option("750C 151228"), option("750P 151228"))
    quotes = (quote("750C 151228", "0.15", "0.30"), quote("750P 151228", "0.45", "0.90"))

    assert spot("749.55", "implied") == find(view(*quotes), options=options).spot


def test_nonsense_implies_nothing() -> None:
    """Quotes that put the spot below zero imply nothing."""
    options = (option("5C"), option("5P"))
    quotes = (quote("5C", "0.01", "0.02"), quote("5P", "8", "8.01"))

    assert find(view(*quotes), "750", options=options).spot is None


def test_old_implied_spot_decides_far_away() -> None:
    """Options quoted two minutes ago still say that a far strike is far."""
    quotes = (
        quote("750C", "0.15", "0.30", age=120),
        quote("750P", "0.45", "0.90", age=90),
    )
    expected = SpotFinding(spot("749.55", "old", 120), "spot 2 min old, 25 % away")

    assert expected == find(view(*quotes), "600", options=PAIR)


def test_underlying_is_the_one_asked_for() -> None:
    """Another underlying's trade is not looked at."""
    market = replace(view(), last_trades={"SPX": LastTrade("SPX", Decimal(750), NOW)})

    assert find(market).spot is None

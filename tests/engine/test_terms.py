"""What the broker says of contracts, and what follows."""

from dataclasses import replace
from decimal import Decimal

from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.port import ContractTerms
from botd.domain.bot import Pricing, PricingMode
from botd.domain.contract import TickRule, option_legs
from botd.engine.terms import KnownTerms
from botd.errors import OutcomeUnknown
from tests.engine.given import Days, bot, position
from tests.engine.market import legs, market, symbol

PUT = symbol("750P")
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT, final_price=75))


def known(**told: object) -> KnownTerms:
    """Know one contract."""
    return KnownTerms({PUT: replace(ContractTerms(PUT), **told)})  # type: ignore[arg-type]


def test_told_tick_counts_instead_of_the_tables() -> None:
    """The leg stays the same contract, with another price step."""
    (leg,) = known(tick_rule=TickRule.PENNY).on_tick(legs("-1 750P"))

    assert (PUT, -1) == (leg.symbol, leg.quantity)
    assert TickRule.PENNY is option_legs((leg,))[0][0].spec.tick_rule


def test_spx_keeps_its_own_tick() -> None:
    """Its spreads move in nickels, which no broker's table of pennies says."""
    held = legs("-1 SPXW 2050C")
    told = KnownTerms(
        {held[0].symbol: ContractTerms(held[0].symbol, tick_rule=TickRule.PENNY_PROGRAM)}
    )

    assert held == told.on_tick(held)


def test_nothing_told_changes_nothing() -> None:
    """Shares, and contracts that the broker does not know, stay as they are."""
    held = legs("-1 750P", "+100 shares")

    assert held == KnownTerms().on_tick(held)
    assert () == KnownTerms().misfits(position("p", "-1 750P"))


def test_other_multiplier_is_named() -> None:
    """Counted with 100, the broker says 10."""
    told = known(multiplier=10, is_tradable=False).misfits(position("p", "-1 750P"))

    assert (
        f"{PUT}: the broker's multiplier is 10, not 100",
        f"{PUT}: the broker says that it cannot be traded",
    ) == told


def test_order_is_priced_on_the_brokers_tick(open_day: Days) -> None:
    """Quoted in nickels, traded in pennies: three quarters of 2.40/2.65 are 2.59 in favour."""
    rules, quotes = LIMIT, {"750P": "2.40/2.65"}
    plain = open_day(market("748", quotes), position("p", "-1 750P"), rules=rules).play("17:51")
    told = open_day(market("748", quotes), position("p", "-1 750P"), rules=rules)
    told.broker.told_terms = {PUT: ContractTerms(PUT, tick_rule=TickRule.PENNY)}
    told.play("17:51")

    assert ["-2.55"] == plain.prices("p")
    assert "-2.58" == told.prices("p")[0]


def test_broker_that_tells_no_terms_stops_nothing(open_day: Days) -> None:
    """The tables of the roots count, and the day goes on."""
    day = open_day(market("748", {"750P": "2.40/2.60"}), position("p", "-1 750P"))
    day.broker.terms_fail = OutcomeUnknown("HTTP 503")
    day.play("17:51")

    assert Decimal("-2.60") == day.sent("p")[-1].intent.net_price
    assert {} == day.desk.terms.known


def test_misfit_is_told_before_the_attempts(open_day: Days) -> None:
    """Said with the message that the account is ready."""
    day = open_day(market("748", {"750P": "2.40/2.60"}), position("p", "-1 750P"), card=PAPER_CARD)
    day.broker.told_terms = {PUT: ContractTerms(PUT, multiplier=10)}
    day.play("17:46")

    assert "multiplier is 10, not 100" in day.words("ready")

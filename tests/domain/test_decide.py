from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain.bot import Amount, Expiration, Legging, Scope
from botd.domain.decide import Case, decide, legged
from botd.domain.decision import (
    Accept,
    Close,
    Decision,
    HandOver,
    Leave,
    Moneyness,
    Reason,
    Settle,
    Skip,
)
from botd.domain.position import Management, ManualReason, Policy
from botd.domain.quote import Quote
from tests.domain.given import case, judged, legs, quote

BAND = Expiration(pin_band=Amount(Decimal("0.05")))
NO_BID = (quote("745P", None, "0.10"),)
LEFT_OUT = "left out, without a bid: GOOG151224P00745000"


@pytest.mark.parametrize(
    ("held", "states", "rules", "expected"),
    [
        pytest.param(
            ("-1 750P", "+1 745P"),
            "OTM OTM",
            Expiration(),
            Leave(Reason.OUT_OF_THE_MONEY),
            id="all out of the money",
        ),
        pytest.param(
            ("-1 750P", "+1 745P"),
            "ITM OTM",
            Expiration(),
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="one leg in the money closes the whole",
        ),
        pytest.param(
            ("+1 750P",),
            "ITM",
            Expiration(),
            Close(Reason.IN_THE_MONEY, legs("+1 750P"), 1),
            id="a long in the money",
        ),
        pytest.param(
            ("-1 750P",),
            "ATM",
            Expiration(),
            Leave(Reason.OUT_OF_THE_MONEY, "at the strike: holders may still exercise"),
            id="at the strike without a band is not in the money",
        ),
        pytest.param(
            ("-1 750P",),
            "ATM",
            BAND,
            Close(Reason.PINNED, legs("-1 750P"), 1),
            id="within the band is in the money",
        ),
        pytest.param(
            ("-1 750P", "+1 745P"),
            "ATM ITM",
            BAND,
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="in the money says more than pinned",
        ),
        pytest.param(
            ("-1 750P",),
            "UNKNOWN",
            Expiration(),
            Close(Reason.UNKNOWN, legs("-1 750P"), 1, is_flagged=True),
            id="unknown is not out of the money",
        ),
        pytest.param(
            ("-1 750P", "-1 750C"),
            "UNKNOWN ATM",
            BAND,
            Close(Reason.PINNED, legs("-1 750P", "-1 750C"), 1, is_flagged=True),
            id="pinned says more than unknown",
        ),
        pytest.param(
            ("+100 shares", "-1 745C"),
            "ITM",
            Expiration(),
            Close(Reason.IN_THE_MONEY, legs("-1 745C"), 1),
            id="covered call: the shares are kept",
        ),
        pytest.param(
            ("+100 shares",), "", Expiration(), Leave(Reason.NOTHING_EXPIRES), id="shares alone"
        ),
        pytest.param(
            ("-1 750P 160115",),
            "",
            Expiration(),
            Leave(Reason.NOTHING_EXPIRES),
            id="nothing stops trading today",
        ),
        pytest.param(
            ("-1 GOOG1 750P",),
            "OTM",
            Expiration(),
            HandOver(Reason.ADJUSTED, ManualReason.UNSUPPORTED),
            id="adjusted, whatever was judged",
        ),
    ],
)
def test_protocol(
    held: tuple[str, ...], states: str, rules: Expiration, expected: Decision
) -> None:
    """Each row is one rule of the protocol."""
    assert expected == decide(case(*held, states=states, rules=rules))


def test_all_units_of_a_lot_are_closed() -> None:
    """The order is for every unit of the lot."""
    expected = Close(Reason.IN_THE_MONEY, legs("-1 750P"), 7)

    assert expected == decide(case("-1 750P", states="ITM", units=7))


def test_manual_position_is_left_to_its_person() -> None:
    """Nothing is decided for a position that a person took."""
    given = case("-1 750P", states="ITM")
    taken = replace(given.position, managed_by=Management.MANUAL)

    assert Skip(Reason.MANUAL) == decide(replace(given, position=taken))


def test_unjudged_leg_is_unknown() -> None:
    """A leg that nobody assessed is never taken for worthless."""
    given = replace(case("-1 750P", states="OTM"), moneyness=())

    assert Close(Reason.UNKNOWN, legs("-1 750P"), 1, is_flagged=True) == decide(given)
    assert given.spot is None


def test_flagged_spot_flags_the_close() -> None:
    """What was decided on an old spot says so, once for all legs."""
    given = case("-1 750P", "+1 745P", states="ITM ITM")
    note = "spot 12 min old, 20 % away"
    seen = tuple(judged(leg, "ITM", note, spot="600") for leg in given.expiring)
    expected = Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1, is_flagged=True, note=note)

    assert expected == decide(replace(given, moneyness=seen))
    assert Decimal(600) == replace(given, moneyness=seen).spot


def test_leave_tells_the_age_of_its_spot() -> None:
    """A position left on an old spot carries the note."""
    given = case("-1 750C", states="OTM")
    seen = (judged(given.expiring[0], "OTM", "GOOG is halted"),)

    assert Leave(Reason.OUT_OF_THE_MONEY, "GOOG is halted") == decide(
        replace(given, moneyness=seen)
    )


@pytest.mark.parametrize(
    ("held", "policy", "expected"),
    [
        pytest.param(
            "-1 750P",
            Policy.HAND_OVER,
            HandOver(Reason.POLICY, ManualReason.POLICY, "in the money"),
            id="hand over",
        ),
        pytest.param(
            "-1 SPXW 4445C 151224",
            Policy.SETTLE,
            Settle(Reason.POLICY, "in the money"),
            id="settle for cash",
        ),
        pytest.param(
            "-1 750P",
            Policy.SETTLE,
            Close(
                Reason.IN_THE_MONEY,
                legs("-1 750P"),
                1,
                note="physical delivery does not settle: closed instead",
            ),
            id="shares do not settle",
        ),
        pytest.param(
            "-1 SPXW 4445C 151224",
            Policy.ACCEPT,
            Settle(Reason.POLICY, "in the money; cash-settled: nothing is delivered"),
            id="accept for cash is to settle",
        ),
    ],
)
def test_policies(held: str, policy: Policy, expected: Decision) -> None:
    """The position's own policy, else its bot's, decides what the money does."""
    bots = Expiration(itm_policy=policy)
    own = Expiration(itm_policy=Policy.CLOSE)

    assert expected == decide(case(held, states="ITM", rules=bots))
    assert expected == decide(case(held, states="ITM", rules=own, policy=policy))


@pytest.mark.parametrize("policy", list(Policy))
def test_no_policy_touches_what_is_out_of_the_money(policy: Policy) -> None:
    """Out of the money is left alone under every policy."""
    assert Leave(Reason.OUT_OF_THE_MONEY) == decide(case("-1 750P", states="OTM", policy=policy))


@pytest.mark.parametrize(
    ("held", "shares_held", "cash", "expected"),
    [
        pytest.param(
            ("+100 shares", "-1 745C"),
            0,
            None,
            Accept(Reason.POLICY, "in the money"),
            id="covered by its own shares",
        ),
        pytest.param(
            ("-1 745C",),
            100,
            None,
            Accept(Reason.POLICY, "in the money"),
            id="covered by the account's shares",
        ),
        pytest.param(
            ("-1 745C",),
            99,
            None,
            Accept(Reason.POLICY, "in the money; needs 100 shares, 99 held", is_covered=False),
            id="a share is missing",
        ),
        pytest.param(
            ("-1 750P",),
            0,
            Decimal(75000),
            Accept(Reason.POLICY, "in the money"),
            id="cash-secured",
        ),
        pytest.param(
            ("-1 750P",),
            0,
            None,
            Accept(
                Reason.POLICY,
                "in the money; needs 75000.00 dollars, cash unknown",
                is_covered=False,
            ),
            id="cash unknown",
        ),
    ],
)
def test_accept_wants_cover(
    held: tuple[str, ...], shares_held: int, cash: Decimal | None, expected: Decision
) -> None:
    """Accepting an assignment needs the shares or the cash; else it pages."""
    given = case(*held, states="ITM", policy=Policy.ACCEPT)

    assert expected == decide(replace(given, shares_held=shares_held, cash=cash))


WHOLE = "whole position: an expiring long covers a later short"
UNCOVERED = "a later short is left uncovered"


@pytest.mark.parametrize(
    ("held", "scope", "closed", "note"),
    [
        pytest.param(
            ("-1 750P", "+1 750P 160115"),
            Scope.AUTO,
            ("-1 750P",),
            "",
            id="calendar: the expiring short",
        ),
        pytest.param(
            ("-1 750P", "+1 750P 160115"),
            Scope.POSITION,
            ("-1 750P", "+1 750P 160115"),
            "",
            id="calendar, as a whole",
        ),
        pytest.param(
            ("-1 750P", "+1 750P 160115"),
            Scope.EXPIRING,
            ("-1 750P",),
            "",
            id="calendar, expiring legs only",
        ),
        pytest.param(
            ("+1 750P", "-1 750P 160115"),
            Scope.AUTO,
            ("+1 750P", "-1 750P 160115"),
            WHOLE,
            id="reverse calendar: the whole",
        ),
        pytest.param(
            ("+1 750P", "-1 750P 160115"),
            Scope.EXPIRING,
            ("+1 750P",),
            UNCOVERED,
            id="reverse calendar, expiring legs only, is noted",
        ),
        pytest.param(
            ("+1 750P", "-1 750P 160115", "+1 740P 160115"),
            Scope.AUTO,
            ("+1 750P",),
            "",
            id="another later long covers",
        ),
        pytest.param(
            ("+1 750P", "-1 800C 160115"),
            Scope.AUTO,
            ("+1 750P",),
            "",
            id="a put covers no call",
        ),
        pytest.param(
            ("+100 shares", "+1 745C", "-1 800C 160115"),
            Scope.AUTO,
            ("+1 745C",),
            "",
            id="own shares cover a later call",
        ),
        pytest.param(
            ("+100 shares", "+1 745C", "-2 800C 160115"),
            Scope.AUTO,
            ("+1 745C", "-2 800C 160115"),
            WHOLE,
            id="own shares cover one of two",
        ),
        pytest.param(
            ("-100 shares", "+1 750P", "-1 700P 160115"),
            Scope.AUTO,
            ("+1 750P",),
            "",
            id="short shares cover a later put",
        ),
        pytest.param(
            ("+100 shares", "+1 750P", "-1 700P 160115"),
            Scope.AUTO,
            ("+1 750P", "-1 700P 160115"),
            WHOLE,
            id="long shares cover no put",
        ),
    ],
)
def test_mixed_expirations(
    held: tuple[str, ...], scope: Scope, closed: tuple[str, ...], note: str
) -> None:
    """Only expiring legs go, unless that would uncover a short that lives on."""
    count = sum("shares" not in name and "160115" not in name for name in held)
    given = case(*held, states=" ".join(["ITM"] * count), rules=Expiration(scope=scope))

    assert Close(Reason.IN_THE_MONEY, legs(*closed), 1, note=note) == decide(given)


def test_leaving_a_long_that_covers_is_noted() -> None:
    """An expiring long that ends worthless leaves its later short uncovered, and says so."""
    given = case("+1 750C", "-1 750C 160115", states="OTM")

    assert Leave(Reason.OUT_OF_THE_MONEY, UNCOVERED) == decide(given)


@pytest.mark.parametrize(
    ("attempt", "legging", "states", "quotes", "expected"),
    [
        pytest.param(
            0,
            Legging.LAST_RESORT,
            "ITM OTM",
            NO_BID,
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="first attempt: the whole",
        ),
        pytest.param(
            1,
            Legging.LAST_RESORT,
            "ITM OTM",
            NO_BID,
            Close(Reason.IN_THE_MONEY, legs("-1 750P"), 1, note=LEFT_OUT),
            id="second attempt: without the worthless long",
        ),
        pytest.param(
            1,
            Legging.NEVER,
            "ITM OTM",
            NO_BID,
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="never, if the rules say so",
        ),
        pytest.param(
            1,
            Legging.LAST_RESORT,
            "ITM OTM",
            (quote("745P", "0.05", "0.10"),),
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="a bid keeps the package whole",
        ),
        pytest.param(
            2,
            Legging.LAST_RESORT,
            "ITM ITM",
            (),
            Close(Reason.IN_THE_MONEY, legs("-1 750P", "+1 745P"), 1),
            id="a long in the money is never left out",
        ),
    ],
)
def test_worthless_long_is_left_out(
    attempt: int,
    legging: Legging,
    states: str,
    quotes: tuple[Quote, ...],
    expected: Decision,
) -> None:
    """From the second attempt on, a long that nobody bids for no longer holds up its short."""
    given = case(
        "-1 750P", "+1 745P", states=states, rules=Expiration(legging=legging), quotes=quotes
    )

    assert expected == decide(replace(given, attempt_number=attempt))


def last(*held: str, states: str, rules: Expiration | None = None) -> Case:
    given = case(*held, states=states, rules=rules)
    return replace(given, attempt_number=2, is_last=True)


def bid(*names: str) -> dict[str, Quote]:
    quotes = (quote(name, "0.05", "0.10") for name in names)
    return {one.symbol: one for one in quotes}


def test_shorts_alone_at_the_last_attempt() -> None:
    """A package that does not fill may become its short in the money alone."""
    given = replace(last("-1 750P", "+1 745P", states="ITM OTM"), quotes=bid("745P"))
    expected = Close(Reason.IN_THE_MONEY, legs("-1 750P"), 1, note="the shorts in the money alone")

    assert expected == legged(given)


def test_pinned_short_alone() -> None:
    """A short within the pin band counts as in the money here, too."""
    given = replace(last("-1 750P", "+1 745P", states="ATM OTM", rules=BAND), quotes=bid("745P"))
    found = legged(given)

    assert found is not None
    assert legs("-1 750P") == found.legs


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(
            replace(last("-1 750P", "+1 745P", states="ITM OTM"), is_last=False),
            id="before the last attempt",
        ),
        pytest.param(
            last("-1 750P", "+1 745P", states="ITM OTM", rules=Expiration(legging=Legging.NEVER)),
            id="never, if the rules say so",
        ),
        pytest.param(last("-1 750P", "+1 745P", states="OTM OTM"), id="nothing is closed"),
        pytest.param(last("-1 750P", "+1 755P", states="ITM ITM"), id="a long in the money"),
        pytest.param(last("-1 750P", "+1 745P", states="UNKNOWN UNKNOWN"), id="a long that may be"),
        pytest.param(
            last("-1 750P", "+1 745P", states="ITM OTM"), id="alone already, without a bid"
        ),
        pytest.param(last("-1 750P", states="ITM"), id="a single leg"),
    ],
)
def test_no_shorts_alone(given: Case) -> None:
    """Legs are never taken apart early, against the rules, or under a long that hedges."""
    assert legged(given) is None


def test_states_that_threaten() -> None:
    """At the strike threatens only with a pin band; unknown always does."""
    plain, banded = case("-1 750P", states="ITM"), case("-1 750P", states="ITM", rules=BAND)

    assert {Moneyness.ITM, Moneyness.UNKNOWN} == set(filter(plain.is_threat, Moneyness))
    assert set(Moneyness) - {Moneyness.OTM} == set(filter(banded.is_threat, Moneyness))

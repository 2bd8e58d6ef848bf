"""Days that Hypothesis may draw, from what traders hold and what goes wrong for them."""

from hypothesis import strategies as st

from botd.brokers.paper.faults import FaultKind
from botd.domain.bot import Legging, Mode, OnRefusal, PricingMode
from botd.domain.position import Policy
from botd.errors import RefusalReason
from tests.property.scenario import (
    Act,
    Book,
    BrokerCard,
    Crash,
    DiskFull,
    Held,
    Quirk,
    Rules,
    Scenario,
    Trouble,
)

_SHAPES: tuple[tuple[tuple[str, int, bool], ...], ...] = (
    (("P750", -1, False),),
    (("C750", -1, False),),
    (("C745", 1, False),),
    (("P755", 1, False),),
    (("P750", -1, False), ("P745", 1, False)),
    (("P750", -1, False), ("P740", 1, False)),
    (("C750", -1, False), ("C755", 1, False)),
    (("C745", 1, False), ("C750", -1, False)),
    (("P755", 1, False), ("P750", -1, False)),
    (("P745", -1, False), ("P740", 1, False), ("C755", -1, False), ("C760", 1, False)),
    (("C745", 1, False), ("C750", -2, False), ("C755", 1, False)),
    (("C750", -1, False), ("P750", -1, False)),
    (("P750", -1, False), ("P750", 1, True)),
    (("C750", 1, False), ("C750", -1, True)),
    (("P745", -1, True), ("P740", 1, False)),
    (("shares", 100, False), ("C750", -1, False)),
    (("C745", -1, False), ("C750", 2, False)),
)
# Where things happen: before the window, at attempts and just around them, at the bell.
_INSTANTS = (-640, -601, -600, -599, -595, -590, -570, -420, -305, -300, -299, -290, -270)
_LATE = (-120, -61, -60, -59, -50, -40, -30, -12, -8, -5, -3, -1, 0, 1, 8, 40, 300, 1190, 1210)


def instants() -> st.SearchStrategy[float]:
    """Draw an instant, in seconds after T."""
    near = st.builds(
        lambda base, more: round(base + more, 2),
        st.sampled_from(_INSTANTS + _LATE),
        st.sampled_from((0.0, 0.0, 0.05, 0.3, 0.75, 1.5, 4.0, 11.0)),
    )
    return st.one_of(near, st.integers(-640, -1).map(float))


def books() -> st.SearchStrategy[Book]:
    """Draw a position."""
    return st.builds(
        lambda shape, units, bot, policy: Book(
            tuple(Held(what, count, is_later) for what, count, is_later in shape),
            units,
            bot,
            policy,
        ),
        st.sampled_from(_SHAPES),
        st.sampled_from((1, 1, 2, 3)),
        st.sampled_from(("plain", "plain", "other")),
        st.sampled_from((None, None, None, None, *Policy)),
    )


_PRICES = "747.50 742.00 750.00 749.99 750.01 752.50 745.00 744.90 758.00 700.00 800.00 755.01"


def spots() -> st.SearchStrategy[tuple[tuple[float, str], ...]]:
    """Draw where the underlying goes: steps around the strikes, to the cent."""
    prices = st.sampled_from(_PRICES.split())
    first = prices.map(lambda price: ((-1500.0, price),))
    later = st.lists(
        st.tuples(st.sampled_from((-610.0, -598.0, -430.0, -301.0, -295.0, -90.0, -55.0)), prices)
        | st.tuples(st.sampled_from((-20.0, -2.0, 30.0)), prices),
        max_size=4,
        unique_by=lambda step: step[0],
    )
    return st.builds(lambda one, more: (*one, *sorted(more)), first, later)


def quirks() -> st.SearchStrategy[Quirk]:
    """Draw something odd about quotes."""
    whats = st.sampled_from((None, "P740", "P745", "P750", "P755", "C745", "C750", "C755", "C760"))
    return st.builds(
        lambda kind, what, since, lasts: Quirk(kind, what, since, since + lasts),
        st.sampled_from(("crossed", "no_bid", "no_ask", "nothing", "wide", "thin", "stale", "odd")),
        whats,
        st.sampled_from((-1500.0, -610.0, -400.0, -299.0, -65.0)),
        st.sampled_from((30.0, 200.0, 650.0, 2000.0)),
    )


_HORIZONS = (5.0, 20.0, 120.0)


def troubles(horizon: float) -> st.SearchStrategy[Trouble]:
    """Draw a fault; a late acceptance is never later than the broker's horizon."""

    def sensible(found: Trouble) -> Trouble:
        lasts = found.lasts
        if found.kind is FaultKind.LOSE_ANSWER:
            lasts = min(lasts, horizon - 2)
        position = found.position
        if found.kind in _NEEDS_LEGS and position is None:
            position = 0
        return Trouble(
            found.kind,
            found.at,
            position,
            found.leg,
            found.units,
            lasts,
            found.times,
            found.net_price,
            found.reason,
        )

    return st.builds(
        Trouble,
        kind=st.sampled_from(FaultKind),
        at=instants(),
        position=st.sampled_from((None, 0, 0, 1, 2)),
        leg=st.sampled_from((None, None, 0, 1)),
        units=st.sampled_from((None, None, 1, 2)),
        lasts=st.sampled_from((0.0, 0.0, 0.7, 3.0, 9.0, 30.0, 100.0, 400.0)),
        times=st.sampled_from((1, 1, 2, 4)),
        net_price=st.sampled_from(("-0.05", "-1.00", "0.05", "2.00")),
        reason=st.sampled_from(RefusalReason),
    ).map(sensible)


_NEEDS_LEGS = frozenset(
    {
        FaultKind.GONE,
        FaultKind.LIQUIDATE_LEG,
        FaultKind.OUTSIDE_CLOSE,
        FaultKind.ASSIGN,
        FaultKind.RESTING_EXIT,
        FaultKind.TRADING_HALT,
    }
)


# As often as it is named here.
_DOINGS = (
    "take take release release release_now close resolve policy halt halt_keep resume resume resume"
)


def acts() -> st.SearchStrategy[Act]:
    """Draw what a person does."""
    return st.builds(
        Act,
        do=st.sampled_from(_DOINGS.split()),
        at=instants(),
        position=st.integers(0, 3),
        policy=st.sampled_from(Policy),
        units=st.sampled_from((None, None, 1)),
        steps=st.sampled_from((0, 0, 1, 3, 8, 20, 45)),
    )


def crashes() -> st.SearchStrategy[Crash]:
    """Draw a crash: between which two steps, and for how long."""
    return st.builds(
        Crash,
        at=instants(),
        steps=st.integers(0, 160),
        down=st.sampled_from((0.5, 1.0, 2.0, 6.0, 40.0, 250.0)),
    )


def cards() -> st.SearchStrategy[BrokerCard]:
    """Draw what the broker promises: from everything down to nothing."""
    return st.one_of(
        st.just(BrokerCard()),
        st.builds(
            BrokerCard,
            dedupes=st.booleans(),
            looks_up=st.booleans(),
            close_only=st.booleans(),
            horizon=st.sampled_from(_HORIZONS),
            has_close=st.booleans(),
            rate=st.sampled_from((None, None, 200, 100)),
        ),
    )


def rules() -> st.SearchStrategy[Rules]:
    """Draw a bot's rules."""
    return st.one_of(
        st.just(Rules()),
        st.builds(
            Rules,
            pricing=st.sampled_from(PricingMode),
            final_price=st.sampled_from((50, 100, 150)),
            legging=st.sampled_from(Legging),
            on_refusal=st.sampled_from(OnRefusal),
            pin_band=st.sampled_from(("0", "0", "0.50")),
            cancel_resting_exits=st.booleans(),
            policy=st.sampled_from((Policy.CLOSE, Policy.CLOSE, Policy.CLOSE, *Policy)),
        ),
    )


@st.composite
def days(draw: st.DrawFn) -> Scenario:
    """Draw a whole day."""
    card = draw(cards())
    return Scenario(
        root=draw(st.sampled_from(("GOOG", "GOOG", "SPY", "SPXW"))),
        book=tuple(draw(st.lists(books(), min_size=1, max_size=4))),
        spot=draw(spots()),
        print_every=draw(st.sampled_from((20.0, 20.0, 20.0, 45.0, 200.0))),
        prints_stop=draw(st.sampled_from((None, None, None, -700.0, -350.0, -30.0))),
        width=draw(st.sampled_from(("0.20", "0.10", "1.00", "0.01"))),
        quirks=tuple(draw(st.lists(quirks(), max_size=2))),
        troubles=tuple(draw(st.lists(troubles(card.horizon), max_size=4))),
        acts=tuple(draw(st.one_of(st.just([]), st.lists(acts(), max_size=5)))),
        crashes=tuple(draw(st.lists(crashes(), max_size=3))),
        disk_full=tuple(draw(_disks())),
        card=card,
        rules=draw(rules()),
        mode=draw(st.sampled_from((Mode.ARMED,) * 19 + (Mode.OBSERVE,))),
        starts=draw(st.sampled_from((-660.0, -660.0, -660.0, -3900.0, -480.0, -62.0, -4.0))),
        latencies=draw(
            st.sampled_from(((0.0,), (0.0,), (0.02, 0.1), (0.3, 0.0, 0.9), (1.4, 0.1, 0.0)))
        ),
    )


@st.composite
def storms(draw: st.DrawFn) -> Scenario:
    """Draw a day at the weakest broker, on which everything must be closed and little works."""
    horizon = draw(st.sampled_from(_HORIZONS))
    befalls_orders = troubles(horizon).filter(lambda found: found.kind not in _NEEDS_LEGS)
    moves = st.builds(
        Trouble,
        kind=st.sampled_from(
            (FaultKind.GONE, FaultKind.OUTSIDE_CLOSE, FaultKind.ASSIGN, FaultKind.LIQUIDATE_LEG)
        ),
        at=instants(),
        position=st.integers(0, 1),
        leg=st.sampled_from((None, None, 0, 1)),
        units=st.sampled_from((None, 1)),
    )
    return Scenario(
        book=tuple(draw(st.lists(books(), min_size=1, max_size=2))),
        spot=draw(st.sampled_from((((-1500.0, "742.00"),), ((-1500.0, "758.00"),)))),
        width=draw(st.sampled_from(("0.20", "1.00"))),
        quirks=tuple(draw(st.lists(quirks(), max_size=1))),
        troubles=(
            *draw(st.lists(befalls_orders, min_size=1, max_size=4)),
            *draw(st.lists(moves, max_size=1)),
        ),
        acts=tuple(draw(st.lists(acts(), max_size=2))),
        crashes=tuple(draw(st.lists(crashes(), max_size=4))),
        card=BrokerCard(
            dedupes=draw(st.booleans()),
            looks_up=draw(st.booleans()),
            close_only=False,
            horizon=horizon,
        ),
        rules=draw(rules()),
        latencies=draw(st.sampled_from(((0.0,), (0.02, 0.1), (0.3, 0.0, 0.9)))),
    )


def _disks() -> st.SearchStrategy[list[DiskFull]]:
    one = st.builds(
        lambda since, lasts: DiskFull(since, since + lasts),
        instants(),
        st.sampled_from((0.4, 5.0, 30.0)),
    )
    return st.one_of(st.just([]), st.just([]), st.just([]), st.lists(one, max_size=1))

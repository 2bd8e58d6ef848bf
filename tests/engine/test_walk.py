"""One ladder, where it is not the market that ends it."""

from dataclasses import replace
from datetime import timedelta

from botd.brokers.paper.pack import Pack
from botd.domain.bot import Mode, Pricing, PricingMode
from botd.domain.decision import Close, Reason
from botd.domain.order_id import LAST_STEP, client_order_id
from botd.engine import cases
from botd.engine.attempt import Attempt, Ending
from botd.engine.reads import read_account
from botd.engine.send import Window
from botd.engine.walk import Walk
from tests.engine.given import KEY, Day, Days, bot, position
from tests.engine.market import DAY, instant, legs, market, symbol

PUT = {"750P": "2.40/2.60"}
LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))
DUE = instant("17:50")
ATTEMPT = Attempt(
    position_id="p",
    lead="T-10",
    due_at=DUE,
    closes_at=instant("18:00"),
    window=Window(DUE, instant("18:00")),
    give_up_at=instant("17:54:55"),
    bell_at=instant("18:00"),
    number=0,
    is_last=False,
)


def opened(open_day: Days, shown: Pack | None = None, mode: Mode = Mode.ARMED) -> Day:
    """Open a day at T-10 whose account was read, with nothing scheduled at work."""
    chosen = shown or market("748", PUT, size=0)
    book = position("p", "-1 750P", units=2)
    day = open_day(chosen, book, rules=LIMIT, begins="17:50", mode=mode)
    day.start()
    return day


def walk(day: Day, attempt: Attempt = ATTEMPT, units: int = 2) -> Walk:
    """Make a walk that closes *units* of the position."""
    found = day.desk.book["p"]
    facts = day.run(read_account(day.desk))
    view = day.run(day.desk.feed.view())
    case = cases.case_of(day.desk, attempt, found, found.lots[0], facts, view)
    close = Close(Reason.IN_THE_MONEY, found.lots[0].legs, units)
    return Walk(day.desk, attempt, case, close, LIMIT.pricing)


def run(day: Day, made: Walk, until: str = "17:51") -> Ending:
    return day.run(made.run(instant(until)))


def test_nothing_filled_is_unfilled(open_day: Days) -> None:
    """The order is cancelled when the time is over."""
    day = opened(open_day)

    assert Ending.UNFILLED is run(day, walk(day))
    assert ["canceled"] == day.statuses("p")


def test_nothing_sent_is_none(open_day: Days) -> None:
    """A person took it before."""
    day = opened(open_day)
    made = walk(day)
    day.take("p")

    assert Ending.NONE is run(day, made)
    assert ["blocked: manual"] == made.notes


def test_part_of_the_units_is_all_that_is_wanted(open_day: Days) -> None:
    """One of two, also when the market would take both."""
    day = opened(open_day, market("748", PUT))

    assert Ending.FILLED is run(day, walk(day, units=1))
    assert 1 == day.position("p").units_open


def test_ended_meanwhile_needs_no_order(open_day: Days) -> None:
    """Somebody else's doing is in the ledger: nothing is left."""
    day = opened(open_day)
    made = walk(day)
    day.take("p")
    day.resolve("p")

    assert Ending.NONE is run(day, made)
    assert () == day.orders("p")


def test_ended_while_its_order_worked(open_day: Days) -> None:
    """The walk sees it when it looks again."""
    day = opened(open_day)
    made = walk(day)

    async def ended() -> None:
        await day.clock.sleep_until(instant("17:50:20"))
        day.desk.book.pop("p")

    async def both() -> Ending:
        day.run_later(ended())
        return await made.run(instant("17:51"))

    assert Ending.UNFILLED is day.run(both())


def test_observed_account_is_guarded(open_day: Days) -> None:
    """The guard is the last to say no."""
    day = opened(open_day, mode=Mode.OBSERVE)
    made = walk(day)

    assert Ending.UNFILLED is run(day, made)
    assert any("observe mode" in note for note in made.notes)


def test_no_price_is_waited_for(open_day: Days) -> None:
    """Neither spot nor quote until T-9:30; then the ladder goes on."""
    day = opened(open_day, market({"17:51": "748"}, {"750P": {"17:51": "2.40/2.60"}}))

    assert Ending.FILLED is run(day, walk(day), "17:53")
    assert instant("17:51") <= day.orders("p")[0].created_at


def test_credentials_that_expire_stop_the_account(open_day: Days) -> None:
    """Refused between the read and the order."""
    day = opened(open_day)
    made = walk(day)
    day.broker.is_locked_until = instant("17:59")

    assert Ending.UNFILLED is run(day, made)
    assert "credentials refused" in day.words("stop/")


def test_a_hundredth_order_is_not_sent(open_day: Days) -> None:
    """Ids hold ninety-nine steps of a minute."""
    day = opened(open_day)
    name = client_order_id(KEY[1], "p", DAY, DUE, LAST_STEP)
    last = replace(day.intent("p", "+1 750P", step=LAST_STEP), client_order_id=name)
    day.leave_intent(last)
    day.withdraw(name)
    made = walk(day)

    assert Ending.NONE is run(day, made)
    assert [f"more than {LAST_STEP} orders in one attempt"] == made.notes


def test_a_persons_close_goes_before(open_day: Days) -> None:
    """While it works no protocol order is sent."""
    day = opened(open_day)
    made = walk(day)
    day.desk.by_hand.add("p")

    assert Ending.NONE is run(day, made)
    assert ["a person closes it"] == made.notes


def test_order_that_never_ends_is_unknown(open_day: Days) -> None:
    """The broker is away when the next price is due."""
    day = opened(open_day)
    made = walk(day)
    made.pricing = Pricing(mode=PricingMode.FAST)
    day.befall("unavailable", "17:50:03", seconds=300)

    assert Ending.UNKNOWN is run(day, made)
    assert ["cancel_pending"] == day.statuses("p")


def test_cancel_that_never_comes_through_is_unknown(open_day: Days) -> None:
    """At the end of the ladder, too."""
    day = opened(open_day)
    day.befall("unavailable", "17:50:03", seconds=300)

    assert Ending.UNKNOWN is run(day, walk(day))


def test_halt_leaves_the_order_to_the_bell(open_day: Days) -> None:
    """Kept working: followed until ten seconds after it."""
    day = opened(open_day)
    made = walk(day)

    async def halted() -> None:
        await day.clock.sleep_until(instant("17:50:20"))
        day.halt(keep_working=True)

    async def both() -> Ending:
        day.run_later(halted())
        return await made.run(instant("17:51"))

    assert Ending.UNFILLED is day.run(both())
    assert ["expired"] == day.statuses("p")
    assert timedelta(seconds=10) >= day.clock.now() - instant("18:00")


def test_order_of_an_earlier_attempt_that_came_between_is_ended(open_day: Days) -> None:
    """Then ours follows; a later attempt's order is left alone."""
    day = opened(open_day)
    made = walk(day)
    earlier = replace(day.intent("p", "+1 750P", units=1), attempt_due_at=instant("17:45"))
    day.leave_intent(earlier)

    assert Ending.UNFILLED is run(day, made)
    assert ["withdrawn", "canceled"] == sorted(day.statuses("p"), reverse=True)


def test_order_of_a_later_attempt_is_left_alone(open_day: Days) -> None:
    """It has taken the place of this walk."""
    day = opened(open_day)
    made = walk(day)
    day.leave_intent(replace(day.intent("p", "+1 750P"), attempt_due_at=instant("17:55")))

    assert Ending.NONE is run(day, made)
    assert ["blocked: live_order"] == made.notes


def test_order_that_came_between_and_does_not_end_blocks(open_day: Days) -> None:
    """Nothing new while it lives."""
    day = opened(open_day)
    made = walk(day)
    day.leave_unknown(replace(day.intent("p", "+1 750P"), attempt_due_at=instant("17:45")))
    day.befall("unavailable", "17:50", seconds=300)

    assert Ending.NONE is run(day, made)


def test_orders_of_other_positions_are_not_ours_to_end(open_day: Days) -> None:
    """Only what lives of this position is ended."""
    day = opened(open_day)
    day.enter(position("q", "-1 752.5P"))
    day.hold(position("q", "-1 752.5P"))
    day.run(day.engine.refresh())
    made = walk(day)
    day.leave_intent(day.intent("q", "+1 752.5P"))
    day.leave_intent(replace(day.intent("p", "+1 750P"), attempt_due_at=instant("17:45")))

    run(day, made)

    assert ["intent"] == day.statuses("q")
    assert symbol("752.5P") in day.held()
    assert legs("+1 750P") == day.sent("p")[-1].intent.legs

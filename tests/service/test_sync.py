import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.adapter import PaperBroker
from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.brokers.paper.store import Store
from botd.brokers.port import AccountState
from botd.domain.lots import end_unknown
from botd.domain.orders import Holding
from botd.domain.position import How
from botd.errors import (
    BrokerUnavailable,
    ConfigError,
    NotFoundError,
    OutcomeUnknown,
    StateError,
)
from botd.ledger import Ledger, Tx, campaigns, positions
from botd.service import oneshot, sync
from botd.service.intake import Imported, Intake
from botd.service.sync import Site, Target
from botd.service.sync_proposal import Proposal, Seen
from botd.settings.model import AccountEnvironment, PaperSettings, Settings
from tests.service.house import BOTD, KEY, PUT_740, PUT_752, House, entry, house_in

SHORT = "GOOG151224P00752500"


class Slow(PaperBroker):
    """A broker that answers after a minute."""

    async def holdings(self) -> tuple[Holding, ...]:
        await asyncio.sleep(60)  # noqa: TID251 - virtual time
        return await super().holdings()


class Away(PaperBroker):
    """A broker that nothing reaches."""

    async def account(self) -> AccountState:
        raise BrokerUnavailable("connection refused")


class Wary(PaperBroker):
    """A broker that knows no such key."""

    async def account(self) -> AccountState:
        raise BrokerUnavailable("401 unknown key", is_auth=True)


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)


def desk(
    house: House,
    kind: type[PaperBroker] = PaperBroker,
    account: str = "paper",
    settings: Settings | None = None,
) -> Site:
    """Look at an account in memory."""
    sessions = house.sessions()
    broker = kind(Store(None), load_pack(SAMPLE), house.clock, sessions, account=account)
    return Site(settings or house.settings(), sessions, house.clock, lambda _: broker)


def targets(house: House) -> tuple[Target, ...]:
    return sync.targets(house.settings(), None, "condors")


def look(house: House, ledger: Ledger) -> tuple[tuple[Seen, ...], tuple[Proposal, ...]]:
    """Read the paper account as the command does, and propose."""
    chosen = targets(house)
    site = sync.site_of(house.settings(), house.sessions(), house.clock, ledger)
    seen = oneshot.run(house.clock, sync.look(site, ledger, chosen))
    return seen, sync.proposals(site, ledger, seen, chosen, ())


def take(
    house: House, ledger: Ledger, looked: tuple[tuple[Seen, ...], tuple[Proposal, ...]]
) -> tuple[Imported, ...]:
    """Take what was proposed."""
    intake = Intake(house.settings().bots, house.sessions(), lambda _: None)
    return sync.take(intake, ledger, *looked, at=house.clock.now(), by="ann")


def test_targets(house: House) -> None:
    """Every account that a bot names, each with its bots."""
    house.configure(BOTD + BOTD.replace("brokers.paper", "brokers.other"))
    house.write("config/bots/far.toml", 'name = "far"\nbroker = "other"\naccount = "O1"\n')
    settings = house.settings()

    def chosen(broker: str | None, bot: str | None) -> list[tuple[str, list[str]]]:
        found = sync.targets(settings, broker, bot)
        return [("/".join(each.key), [one.name for one in each.bots]) for each in found]

    assert [("other/O1", ["far"]), ("paper/paper", ["condors", "wheel"])] == chosen(None, None)
    assert [("paper/paper", ["condors", "wheel"])] == chosen("paper", None)
    assert [("paper/paper", ["wheel"])] == chosen(None, "wheel")
    with pytest.raises(ConfigError, match="bot 'far' does not trade at broker 'paper'"):
        chosen("paper", "far")


def test_a_broker_without_a_bot(house: House) -> None:
    """Nobody could manage what is held there."""
    house.configure(BOTD + BOTD.replace("brokers.paper", "brokers.other"))

    with pytest.raises(ConfigError, match="no bot trades at broker 'other'"):
        sync.targets(house.settings(), "other", None)


def test_another_account(house: House) -> None:
    """Credentials that open another account than the bots name are refused before any read."""
    with pytest.raises(ConfigError, match=r"open account 'P2'.* say account = 'paper'"):
        oneshot.run(
            house.clock, sync.look(desk(house, account="P2"), house.ledger(), targets(house))
        )


def test_another_environment(house: House) -> None:
    """A paper account under a table that says live is refused."""
    settings = house.settings()
    chosen = settings.brokers["paper"]
    assert isinstance(chosen, PaperSettings)
    live = replace(chosen, environment=AccountEnvironment.LIVE)
    site = desk(house, settings=replace(settings, brokers={"paper": live}))

    with pytest.raises(ConfigError, match=r"open the paper account .* environment = 'live'"):
        oneshot.run(house.clock, sync.look(site, house.ledger(), targets(house)))


def test_a_broker_that_does_not_answer(house: House) -> None:
    """After half a minute its answer is unknown, whatever it was."""
    before = house.clock.now()

    with pytest.raises(OutcomeUnknown, match="did not answer within 30 s"):
        oneshot.run(house.clock, sync.look(desk(house, Slow), house.ledger(), targets(house)))

    assert timedelta(seconds=30) == house.clock.now() - before


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param(
            Away, "brokers.paper: not reached, see botd doctor: connection refused", id="away"
        ),
        pytest.param(
            Wary,
            "brokers.paper: it refuses the credentials for account 'paper': 401 unknown key",
            id="a wrong key",
        ),
    ],
)
def test_a_broker_that_cannot_be_asked(house: House, kind: type[PaperBroker], words: str) -> None:
    """Whoever has several brokers reads which one it is."""
    with pytest.raises(BrokerUnavailable) as raised:
        oneshot.run(house.clock, sync.look(desk(house, kind), house.ledger(), targets(house)))

    assert words == str(raised.value)
    assert (kind is Wary) is raised.value.is_auth


def test_taken_by_somebody_else_meanwhile(house: House) -> None:
    """What an import took after the account was read is not taken again."""
    ledger = house.ledger()
    house.broker().book({SHORT: -1})
    looked = look(house, ledger)
    house.take_in(entry("a", PUT_752, more="held = true"))

    with pytest.raises(StateError, match="positions changed while it was read"):
        take(house, ledger, looked)

    assert ["a"] == [one.id for one in house.positions()]


def test_two_syncs_at_once(house: House) -> None:
    """Both have read the account; only the first takes anything."""
    ledger = house.ledger()
    house.broker().book({SHORT: -2})
    first, second = look(house, ledger), look(house, ledger)

    assert [2] == [one.position.units for one in take(house, ledger, first)]
    with pytest.raises(StateError):
        take(house, ledger, second)


def test_other_positions_may_change_meanwhile(house: House) -> None:
    """Only what holds the same contracts keeps a sync from being taken."""
    ledger = house.ledger()
    house.broker().book({SHORT: -1})
    looked = look(house, ledger)
    house.take_in(entry("b", PUT_740))

    assert [True] == [one.is_new for one in take(house, ledger, looked)]


def test_the_same_legs_once_more(house: House) -> None:
    """A position that has ended keeps its id; the next of the same legs gets another."""
    ledger = house.ledger()
    house.broker().book({SHORT: -1})
    (first,) = take(house, ledger, look(house, ledger))
    name = first.position.id
    ledger.write_now(
        lambda tx: positions.change(
            tx,
            name,
            "ended",
            lambda one: replace(end_unknown(one, 1, How.CLOSED, house.clock.now()), confirmed=True),
            at=house.clock.now(),
            by="ann",
        )
    )

    _, (proposal,) = look(house, ledger)

    assert [f"{name}-2"] == [one.entry.id for one in proposal.found]


def test_ids_do_not_depend_on_the_day(house: House) -> None:
    """The same legs have the same id tomorrow, and another in another account."""
    ledger = house.ledger()
    house.broker().book({"GOOG160115P00700000": -1})
    _, (today,) = look(house, ledger)
    house.pass_until(house.clock.now() + timedelta(days=1))
    _, (tomorrow,) = look(house, ledger)

    assert [one.entry.id for one in today.found] == [one.entry.id for one in tomorrow.found]
    assert "goog-160115-" == today.found[0].entry.id[:-8]
    assert KEY == today.key


def test_shares_of_a_campaign_stay_there(house: House) -> None:
    """A call sold on shares that were delivered is a short call, which joins their campaign."""
    house.take_in(entry("a", PUT_740, more='bot = "wheel"'))
    at = house.clock.now()
    ledger = house.ledger()

    def deliver(tx: Tx) -> None:
        positions.change(
            tx,
            "a",
            "assigned",
            lambda one: replace(end_unknown(one, 1, How.ASSIGNED, at), confirmed=True),
            at=at,
            by="bot",
        )
        bought = campaigns.Entry(
            "a", "r1", "shares", at, symbol="GOOG", quantity=100, net_price=Decimal(740)
        )
        campaigns.add(tx, bought)

    ledger.write_now(deliver)
    house.broker().book({"GOOG151224P00740000": 1, "GOOG": 200, "GOOG160115C00760000": -2})

    _, (proposal,) = look(house, ledger)

    assert [("short call", 1), ("covered call", 1)] == [
        (one.position.strategy, one.position.units) for one in proposal.found
    ]


def test_a_name_that_nothing_has(house: House) -> None:
    """What is named and not held is a slip of the hand."""
    ledger = house.ledger()
    site = sync.site_of(house.settings(), house.sessions(), house.clock, ledger)
    seen = oneshot.run(house.clock, sync.look(site, ledger, targets(house)))

    with pytest.raises(NotFoundError, match="no account holds GOOG, IBM"):
        sync.proposals(site, ledger, seen, targets(house), ("GOOG", "IBM"))

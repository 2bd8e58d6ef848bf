"""What the README says of brokers, commands and times, held to what the code knows."""

import re
import shlex
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import click
import pytest

from botd.brokers.port import CapabilityCard
from botd.cli import app
from botd.cli.options import Here, World
from botd.domain import lots, schedule
from botd.domain.bot import Anchor, Expiration, Mode
from botd.domain.observed import Would, compare
from botd.domain.position import ClosedBy
from botd.service import cards
from botd.settings.load import load
from botd.settings.model import RUNNABLE_KINDS, AccountEnvironment, BrokerKind
from tests.domain.given import NOW, SESSION, position

HOUSE = Path(__file__).parent.parent
README = (HOUSE / "README.md").read_text()
REAL = tuple(kind for kind in RUNNABLE_KINDS if kind is not BrokerKind.PAPER)
KINDS = [pytest.param(kind, id=kind.value) for kind in REAL]
FULL_CLOSE = SESSION.closes_at.replace(hour=16)  # as New York's clocks show it
HALF_CLOSE = SESSION.closes_at.replace(hour=13)


def card_of(kind: BrokerKind) -> CapabilityCard:
    """Find the card of a kind of broker where every adapter keeps it."""
    name = "PAPER_CARD" if kind is BrokerKind.PAPER else "CARD"
    found = getattr(import_module(f"botd.brokers.{kind.value}.card"), name)
    assert isinstance(found, CapabilityCard)
    return found


def row(card: CapabilityCard) -> str:
    """Write the line of the README's table that a card deserves."""
    lost = "looked up by our id" if card.looks_up_client_ids else "searched among the orders"
    told = {
        "calendar": card.has_calendar,
        "ticks": card.gives_tick_rules,
        "official close": card.has_official_close,
        "settlements": card.has_settlement_records,
        "changes of orders": card.pushes,
    }
    cells = (
        f"`{card.kind}`",
        card.proven,
        "no hour known" if card.cutoff is None else f"from {card.cutoff:%H:%M}",
        "no limit" if card.requests_per_minute is None else str(card.requests_per_minute),
        str(card.max_legs),
        f"{lost}, absent after {card.absent_after.seconds} s" if card.closes else "no orders",
        ", ".join(name for name, is_told in told.items() if is_told),
    )
    return f"| {' | '.join(cells)} |"


def section(title: str) -> str:
    """Give a part of the README, from its heading to the next."""
    [found] = re.findall(rf"^(#+ {title}\n.*?)(?=^#+ )", README, re.MULTILINE | re.DOTALL)
    return str(found)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Give every line that starts with `botd` and that a reader may paste."""
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    indented = re.findall(r"^    (botd .*)$", README, re.MULTILINE)
    found = (line for line in (*lines, *indented) if line.split()[:1] == ["botd"])
    return list(dict.fromkeys(found))


def wall_times(close_hour: int, anchor: Anchor, cutoff: timedelta | None) -> str:
    """Write the attempts of a day as people do; *cutoff* is its distance from the close."""
    close = {16: FULL_CLOSE, 13: HALF_CLOSE}[close_hour]
    rules = Expiration(anchor=anchor)
    cutoff_at = None if cutoff is None else close - cutoff
    found = schedule.attempt_times((close,), rules, cutoff_at)
    return ", ".join(f"{one.due_at:%H:%M}" for one in found)


def test_the_table_of_brokers_is_that_of_the_cards() -> None:
    """Every kind that this version runs has its line, with what its card says and no more."""
    expected = [row(card_of(kind)) for kind in RUNNABLE_KINDS]

    assert expected == re.findall(r"^\| `\w+` \|.*\|$", section("Brokers"), re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_broker_does_by_itself(kind: BrokerKind) -> None:
    """The card's words on expiration day stand where somebody sets that broker up."""
    told = re.findall(r"\*\*On expiration day:\*\* (.*?)\.\n\n", README, re.DOTALL)

    assert card_of(kind).expiration_day.rstrip(".") in [" ".join(each.split()) for each in told]


def test_nobody_is_told_more_than_was_proven() -> None:
    """The warning stands exactly as long as no adapter has met its vendor."""
    has_met = [kind for kind in REAL if not card_of(kind).proven.startswith("own server")]

    assert ("**No adapter has met its vendor yet**" in README) is (not has_met)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_to_paste(kind: BrokerKind, tmp_path: Path) -> None:
    """It is a sound configuration, on paper where the vendor has it; live it would observe."""
    [table] = [each for each in blocks(README, "toml") if f'kind = "{kind.value}"' in each]
    environ = dict.fromkeys(re.findall(r'env = "(\w+)"', table), "a-key")
    (tmp_path / "bots").mkdir()
    (tmp_path / "botd.toml").write_text(table)

    settings = load(tmp_path, environ)

    has_paper = kind not in {BrokerKind.INTOTES, BrokerKind.CLICKOPTIONS}
    expected = AccountEnvironment.PAPER if has_paper else AccountEnvironment.LIVE
    assert expected is settings.brokers[kind.value].environment
    assert () == settings.secret_faults()

    (tmp_path / "botd.toml").write_text(table.replace('= "paper"', '= "live"'))

    assert Mode.OBSERVE is load(tmp_path, environ).brokers[kind.value].mode


def test_the_shipped_bots_choose_no_anchor() -> None:
    """Whoever gives one a live account whose broker acts early is still asked."""
    settings = load(HOUSE / "config", {})

    assert set() == {file.path for file in settings.bot_files.values() if file.says_anchor}


@pytest.mark.parametrize("line", commands())
def test_a_command_to_paste(line: str, tmp_path: Path) -> None:
    """Every command of the README is one, with options that it has."""
    command: click.Command = app.root
    context = click.Context(app.root, obj=Here(World(environ={}, cwd=tmp_path)))
    [name, *words] = shlex.split(line, comments=True)
    while isinstance(command, click.Group) and words:
        found, inner, words = command.resolve_command(context, words)
        assert inner is not None
        command, name = inner, found or name

    assert name == command.make_context(name, words, parent=context).info_name


@pytest.mark.parametrize(
    ("close_hour", "anchor", "words"),
    [
        pytest.param(16, Anchor.CLOSE, "they are at {} New York", id="the close"),
        pytest.param(13, Anchor.CLOSE, "(half-days: {})", id="a half-day's close"),
        pytest.param(16, Anchor.CUTOFF, '`"cutoff"`, {}, and', id="the cut-off"),
    ],
)
def test_times_of_attempts(close_hour: int, anchor: Anchor, words: str) -> None:
    """The hours that the README names follow from the defaults and from Alpaca's card."""
    cutoff = card_of(BrokerKind.ALPACA).cutoff
    assert cutoff is not None
    lead = cards.before_close(cutoff) if anchor is Anchor.CUTOFF else None
    text = " ".join(section("Real money").split())

    assert words.format(wall_times(close_hour, anchor, lead)) in text
    assert f"from {cutoff:%H:%M} on" in text


def test_the_line_of_the_weekly_report() -> None:
    """The example is what the report writes of such a week."""
    held = position("-1 750P")
    ended = lots.apply_fill(held, held.legs, 1, Decimal("-2.80"), NOW, ClosedBy.OTHER)
    would = Would(1, Decimal("-2.50"), Decimal("-3.00"), Decimal("-7.75"))

    assert f"    3  {compare(ended, would.words).line}\n" in section("Real money")

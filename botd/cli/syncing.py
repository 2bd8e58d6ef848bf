"""`botd positions sync`: taking what a broker holds and nobody manages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from botd.cli import changing, sessions, words, workplace
from botd.cli.changing import named
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Span, answer, plain, show, show_json
from botd.cli.tables import Cell, Column, length, table
from botd.domain.contract import Leg, OptionContract, ending_legs
from botd.domain.label import called, short
from botd.domain.position import Position
from botd.errors import StateError
from botd.ledger import Ledger, open_ledger
from botd.service import oneshot, paper_accounts, shapes, sync, sync_file
from botd.service.intake import Imported, Intake
from botd.service.oneshot import Site
from botd.service.sync_proposal import LeftOut, Proposal, Proposed
from botd.settings.model import BrokerKind, Settings

_STDOUT = "-"
_COLUMNS = (
    Column("strategy"),
    Column("legs", can_wrap=True),
    Column("stops trading"),
    Column("worst case", is_right=True),
    Column("opened at", is_right=True),
)
_LEFT_OUT = (Column("left out"), Column("", is_right=True), Column("why", can_wrap=True))


@click.command(
    "sync",
    epilog=examples(
        "botd positions sync",
        "botd positions sync --only SPY --yes",
        "botd positions sync --write held.toml   # correct it, then positions import held.toml",
    ),
)
@click.option("--broker", metavar="NAME", help="Only what this broker holds.")
@click.option("--bot", metavar="NAME", help="Who will manage it; needed where several could.")
@click.option(
    "--only",
    metavar="SYMBOL",
    multiple=True,
    help="Only this underlying or contract; again for another, or with commas.",
)
@click.option("--write", "file", metavar="FILE", help="Write a positions file instead (`-` shows).")
@click.option("--yes", "is_taking", is_flag=True, help="Take it all under management.")
@json_option
@pass_here
def sync_positions(
    here: Here,
    *,
    broker: str | None,
    bot: str | None,
    only: tuple[str, ...],
    file: str | None,
    is_taking: bool,
    as_json: bool,
) -> None:
    """
    Show what brokers hold that nobody manages, grouped into strategies.

    With --yes it is taken under management, all or nothing; what is managed already is
    never taken again. The worst case is what the legs are worth at the least when the first
    of them ends. An opening price is told where orders of the last seven days show it.
    """
    _refuse_both(file, is_taking=is_taking, as_json=as_json)
    settings = workplace.settings_of(here)
    chosen = sync.targets(settings, broker, bot)
    days = sessions.calendar_of(here, settings).sessions
    with _ledger(here, settings, is_taking=is_taking) as ledger:
        site = changing.site_of(here, ledger, "positions sync")
        desk = sync.site_of(settings, days, site.clock, ledger)
        seen = oneshot.run(site.clock, sync.look(desk, ledger, chosen))
        found = sync.proposals(desk, ledger, seen, chosen, _symbols(only))
        taken: tuple[Imported, ...] = ()
        if is_taking:
            with paper_accounts.opened(settings, site.clock, days) as accounts:
                intake = Intake(
                    settings.bots,
                    days,
                    accounts.book,
                    remember=accounts.remember,
                    kinds={name: one.kind for name, one in settings.brokers.items()},
                )
                now = site.clock.now()
                taken = sync.take(intake, ledger, seen, found, at=now, by=here.person)
        if file is not None:
            _write(here, file, found)
        if as_json:
            show_json(_shape(here, site, found, taken))
        elif file != _STDOUT:
            show(_lines(here, site, found, taken, file), here.screen)


def _refuse_both(file: str | None, *, is_taking: bool, as_json: bool) -> None:
    if file is not None and is_taking:
        raise click.UsageError("--write or --yes, not both: what is written is imported later")
    if file == _STDOUT and as_json:
        raise click.UsageError("--write - and --json both want standard output")


@contextmanager
def _ledger(here: Here, settings: Settings, *, is_taking: bool) -> Iterator[Ledger]:
    """
    Open the ledger; where there is none yet, a look at real accounts needs none.

    A paper account lives beside the ledger: without one there is nothing to look at.
    """
    is_there = workplace.ledger_path_of(here).exists()
    is_real = any(one.kind is not BrokerKind.PAPER for one in settings.brokers.values())
    if is_there or is_taking or not is_real:
        with workplace.ledger_at(here) as ledger:
            yield ledger
        return
    ledger = open_ledger("sqlite://", threaded=False)
    try:
        yield ledger
    finally:
        ledger.close()


def _symbols(only: tuple[str, ...]) -> tuple[str, ...]:
    """Read symbols as people type them: with commas, small letters, padded."""
    typed = (name for each in only for name in each.split(","))
    return tuple(dict.fromkeys("".join(name.split()).upper() for name in typed if name.strip()))


def _write(here: Here, file: str, found: tuple[Proposal, ...]) -> None:
    """
    Write the proposal; nothing where nothing is proposed.

    Raises:
        StateError: the file is there already, perhaps with a person's corrections.
    """
    if not any(proposal.found for proposal in found):
        return
    if file == _STDOUT:
        answer(sync_file.text_of(found, _STDOUT), nl=False)
        return
    path = here.world.cwd / file
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(sync_file.text_of(found, Path(file).name))
    except FileExistsError:
        raise StateError(f"{file}: is there already; name a new file") from None


def _lines(
    here: Here,
    site: Site,
    found: tuple[Proposal, ...],
    taken: tuple[Imported, ...],
    file: str | None,
) -> list[Line | str]:
    lines: list[Line | str] = []
    for proposal in found:
        lines += _account(proposal, here.screen.width)
    count = sum(len(proposal.found) for proposal in found)
    if not count:
        return [*lines, "nothing to take under management"]
    held = words.counted(count, "position")
    if taken:
        numbers: list[Line | str] = [
            f"{named(one.position)}  {one.position.id}  for {one.position.bot}" for one in taken
        ]
        told = f"{held} taken under management"
        return [*lines, *numbers, told, changing.ledger_line(here, site)]
    if file is not None:
        return [*lines, f"{held} written to {file}: botd positions import {file} takes them"]
    return [*lines, f"{held} that nobody manages: --yes takes them, --write FILE lets you edit"]


def _account(proposal: Proposal, width: int | None) -> list[Line | str]:
    """Lay out what is proposed for one account, and what is left out."""
    if not proposal.found and not proposal.left_out:
        return []
    who = "" if proposal.bot is None else f", for {proposal.bot.name}"
    lines: list[Line | str] = [((f"{' '.join(proposal.key)}{who}", "bold"),)]
    if proposal.found:
        lines += _table(proposal.found, width)
    if proposal.left_out:
        lines += ["", *table(_LEFT_OUT, map(_left_out, proposal.left_out), width)]
    return [*lines, ""]


def _table(found: tuple[Proposed, ...], width: int | None) -> list[Line]:
    """Lay out positions; on a narrow screen without what they were opened at."""
    rows = [_row(one) for one in found]
    lines = table(_COLUMNS, rows, width)
    if width is None or max(map(length, lines)) <= width:
        return lines
    return table(_COLUMNS[:-1], [row[:-1] for row in rows], width)


def _row(found: Proposed) -> tuple[Cell, ...]:
    position = found.position
    return (
        f"{position.strategy} x{position.units}",
        _legs(position.legs),
        words.day_and_minute(position.closes_at),
        _worst(found),
        _opened_at(position),
    )


def _opened_at(position: Position) -> str:
    price = position.open_net_price
    return "not known" if price is None else words.price_of(position.legs, price)


def _worst(found: Proposed) -> Span:
    if found.worst_case is None:
        return ("no bound", "danger")
    return (words.dollars(found.worst_case) if found.worst_case else "0.00", "")


def _legs(legs: tuple[Leg, ...]) -> tuple[Span, ...]:
    """Write legs by root, strike and right; one that ends later with its date."""
    alone = [(one, held) for one, held in ending_legs(legs) if not isinstance(one, OptionContract)]
    if alone:
        return tuple((f"{held:+d} {called(one)}", "") for one, held in alone)
    options = [leg.instrument for leg in legs if isinstance(leg.instrument, OptionContract)]
    first = min(option.expiration for option in options)
    spans: list[Span] = [(options[0].root, "")]
    for leg in legs:
        contract = leg.instrument
        if not isinstance(contract, OptionContract):
            spans.append((f"{leg.quantity:+d} shares", ""))
            continue
        later = "" if contract.expiration == first else f" {contract.expiration}"
        spans.append((f"{leg.quantity:+d} {short(contract)}{later}", ""))
    return tuple(spans)


def _left_out(one: LeftOut) -> tuple[Cell, ...]:
    return (plain(one.symbol), f"{one.quantity:+d}", plain(one.reason))


def _shape(
    here: Here, site: Site, found: tuple[Proposal, ...], taken: tuple[Imported, ...]
) -> shapes.Shape:
    left_out = [
        {
            "broker": proposal.key[0],
            "account": proposal.key[1],
            "symbol": one.symbol,
            "quantity": one.quantity,
            "reason": one.reason,
        }
        for proposal in found
        for one in proposal.left_out
    ]
    return {
        "proposed": [_proposed(one) for proposal in found for one in proposal.found],
        "left_out": left_out,
        "taken": [shapes.position(one.position) for one in taken],
        "ledger": changing.ledger_shape(here, site),
    }


def _proposed(found: Proposed) -> shapes.Shape:
    shape = shapes.position(found.position)
    return {**shape, "number": None, "worst_case": shapes.money(found.worst_case)}

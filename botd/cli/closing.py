"""`botd close` and `botd expire`: ending positions by hand."""

from decimal import Decimal

import click

from botd.cli import changing, errors, sessions, words, workplace
from botd.cli.changing import named, price
from botd.cli.money import percent as read_percent
from botd.cli.money import price_option
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, plain, show, show_json, warn
from botd.domain import occ
from botd.domain.bot import PricingMode
from botd.domain.pnl import realized_pnl
from botd.service import closing, oneshot, paper_accounts, shapes
from botd.service.closing import Closed, Expired, NextCall, Size
from botd.service.oneshot import Site


def _percent(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    return None if value is None else read_percent(value)


@click.command(
    epilog=examples(
        "botd close 3",
        "botd close goog-ic-1 --percent 50%",
        "botd close 3 --quantity 2 --pricing fast",
    )
)
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--quantity", type=click.IntRange(1), metavar="N", help="Units; at most what is held."
)
@click.option(
    "--percent",
    metavar="P",
    callback=_percent,
    help="Part of what is left, rounded up: 50% or 50. --quantity wins over it.",
)
@click.option(
    "--pricing",
    type=click.Choice([mode.value for mode in PricingMode]),
    help="How the price walks; left out: as its bot says.",
)
@json_option
@pass_here
def close(
    here: Here,
    names: tuple[str, ...],
    quantity: int | None,
    percent: Decimal | None,
    pricing: str | None,
    as_json: bool,
) -> int:
    """
    Close positions now, wholly or in part, and follow to the end.

    By the daemon if it runs, else by this command. Exit code 0: filled; 1: not, with the
    broker's words; 5: an order may still live. ID is an id, a short number, or an
    underlying for all its positions.
    """
    with changing.at_work(here, "close") as site:
        if oneshot.is_with_daemon(site):
            warn("the daemon closes it; Ctrl-C leaves it with the daemon")
        try:
            answers = closing.close(
                site,
                names,
                Size(quantity, percent),
                pricing=pricing,
                by=here.person,
                tell=changing.tell_order,
            )
        except KeyboardInterrupt:
            warn(_left(site))
            raise
        if as_json:
            show_json(
                {
                    "closes": [_closed_shape(one) for one in answers],
                    "ledger": changing.ledger_shape(here, site),
                }
            )
        else:
            lines = [line for one in answers for line in _closed_lines(one)]
            show([*lines, changing.ledger_line(here, site)], here.screen)
    return max(_code_of(one) for one in answers)


def _left(site: Site) -> str:
    if oneshot.is_with_daemon(site):
        return "botd: left with the daemon, which goes on closing; stop it with botd take"
    return "botd: given up; its orders were asked to end; look: botd positions show"


def _code_of(one: Closed) -> int:
    if one.is_done:
        return errors.DONE
    return errors.UNREACHABLE if one.is_unknown else errors.FAILED


def _closed_lines(one: Closed) -> list[Line | str]:
    filled = f"{one.filled_units} of {one.wanted_units} filled"
    at = f" at {price(one.net_price)}" if one.filled_units else ""
    if one.is_done:
        return [f"{named(one.position)}: {filled}{at}; {_left_open(one)}"]
    why = plain(one.message) or "no answer"
    if one.is_unknown:
        return [
            ((f"{named(one.position)}: NOT KNOWN: {why}; {filled}{at}", "danger"),),
            *(changing.fate(order) for order in one.orders[-1:]),
        ]
    return [f"{named(one.position)}: NOT closed: {why}; {filled}{at}; {_left_open(one)}"]


def _left_open(one: Closed) -> str:
    position = one.position
    if position.lots:
        return f"{words.counted(position.units_open, 'unit')} still open"
    pnl, _ = realized_pnl(position)
    return f"{words.spaced(position.status.value)}, P/L {words.dollars(pnl)}"


def _closed_shape(one: Closed) -> shapes.Shape:
    outcome = "filled" if one.is_done else "unknown" if one.is_unknown else "unfilled"
    if one.filled_units and not one.is_done:
        outcome = "partial"
    return {
        "position": shapes.position(one.position),
        "outcome": outcome,
        "wanted_units": one.wanted_units,
        "filled_units": one.filled_units,
        "net_price": shapes.money(one.net_price),
        "may_live": one.is_unknown,
        "message": one.message or None,
        "orders": changing.orders_shape(one.orders),
    }


@click.command(
    epilog=examples("botd expire 7", "botd expire 7 --next-call KO261218C00062500 --net-price 0.85")
)
@click.argument("name", metavar="ID")
@click.option("--next-call", metavar="OCC", help="The call sold next on the shares under it.")
@price_option("Of the next call: the credit, per share.")
@json_option
@pass_here
def expire(
    here: Here, name: str, next_call: str | None, net_price: Decimal | None, as_json: bool
) -> None:
    """
    Mark a position as expired by hand.

    An expired put ends its position. An expired call on shares leaves the shares and the
    campaign open; --next-call takes the call that you sold next under management at once.
    """
    following = _following(next_call, net_price)
    settings = workplace.settings_of(here)
    with changing.at_work(here, "expire") as site:
        days = sessions.calendar_of(here, settings).sessions
        with paper_accounts.opened(settings, site.clock, days) as accounts:
            try:
                done = closing.expire(
                    site, name, following, sessions=days, book=accounts.book, by=here.person
                )
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint="--next-call") from None
        changing.warn_of_contradiction(site, done.position)
        if as_json:
            show_json(_expired_shape(here, site, done))
        else:
            show([*_expired_lines(done), changing.ledger_line(here, site)], here.screen)


def _following(next_call: str | None, net_price: Decimal | None) -> NextCall | None:
    if next_call is None and net_price is None:
        return None
    if next_call is None or net_price is None:
        raise click.UsageError("--next-call and --net-price go together")
    try:
        return NextCall(occ.parse(next_call), net_price)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--next-call") from None


def _expired_lines(done: Expired) -> list[Line | str]:
    found = done.position
    if found.lots:
        left = "the rest stays open" if found.closes_at else "the shares stay"
        campaign = f", campaign {found.campaign} is open" if found.campaign else ""
        lines: list[Line | str] = [f"{named(found)}: expired; {left}{campaign}"]
    else:
        pnl, _ = realized_pnl(found)
        lines = [f"{named(found)}: expired, P/L {words.dollars(pnl)}"]
    if done.following is not None:
        after = done.following
        lines.append(f"{named(after)}: taken under management at {price(after.open_net_price)}")
    return lines


def _expired_shape(here: Here, site: Site, done: Expired) -> shapes.Shape:
    following = done.following
    return {
        "position": shapes.position(done.position),
        "next": None if following is None else shapes.position(following),
        "ledger": changing.ledger_shape(here, site),
    }

"""`botd override take`, `release` and `resolve`, and `botd policy`: who decides."""

from decimal import Decimal

import click

from botd.cli import changing, errors, words
from botd.cli.changing import named
from botd.cli.money import price_option
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, plain, show, show_json, warn
from botd.domain.booked import told_by_hand
from botd.domain.campaign import shares_moved
from botd.domain.pnl import realized_pnl
from botd.domain.position import How, Management, Policy, Position
from botd.service import actions, oneshot, shapes
from botd.service.actions import Released, TakenOver, Takeover
from botd.service.oneshot import Site


@click.command(
    epilog=examples("botd take 3", "botd take SPY GOOG --reason 'news'", "botd take --all")
)
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every position that a bot manages.")
@click.option("--reason", default="", metavar="TEXT", help="For the record.")
@json_option
@pass_here
def take(here: Here, names: tuple[str, ...], is_all: bool, reason: str, as_json: bool) -> int:
    """
    Take positions over from their bot: no new order of ours leaves for them.

    An order that still works is cancelled, and its true fate told; exit code 5 says that
    one may still live. ID is an id, a short number, or an underlying for all its positions.
    """
    if bool(names) is is_all:
        raise click.UsageError("name what is to be taken, or --all, not both")
    with changing.at_work(here, "override take") as site:
        try:
            answer = actions.take(site, names, is_all=is_all, reason=reason, by=here.person)
        except KeyboardInterrupt:
            warn("botd: it is taken; what became of an order that worked was not waited for")
            raise
        if as_json:
            show_json(_takeover_shape(here, site, answer))
        else:
            _show_takeover(here, site, answer)
    for error in answer.refused:
        warn(f"botd: {plain(str(error))}")
    return _code_of(answer)


def _code_of(answer: Takeover) -> int:
    """Choose the exit code: an order that may live outweighs what was not taken."""
    if answer.may_live:
        return errors.UNREACHABLE
    codes = [errors.exit_code_of(error) for error in answer.refused]
    return max(codes, default=errors.DONE)


def _show_takeover(here: Here, site: Site, answer: Takeover) -> None:
    lines: list[Line | str] = []
    for one in answer.taken:
        lines += _taken_lines(one)
    if not answer.taken and not answer.refused:
        lines.append("no position is managed by a bot")
    if answer.may_live:
        numbers = " ".join(str(one.position.number) for one in answer.taken if one.may_live)
        why = f" ({plain(answer.trouble)})" if answer.trouble else ""
        lines += [
            ((f"COMMITTED, but an order of ours may still fill{why}", "danger"),),
            f"Cancel it at your broker, or try again: botd take {numbers}",
        ]
    if answer.taken:
        lines.append(changing.ledger_line(here, site))
    show(lines, here.screen)


def _taken_lines(one: TakenOver) -> list[Line | str]:
    name = f"{named(one.position)}: taken, no new order of ours leaves for it"
    if not one.orders:
        return [f"{name}; nothing of ours lives"]
    lines: list[Line | str] = [name, *(changing.fate(order) for order in one.orders)]
    if any(order.filled_units for order in one.orders):
        left = f"{one.position.units_open} of {words.counted(one.position.units, 'unit')}"
        lines.append(f"   still held: {left}")
    return lines


def _takeover_shape(here: Here, site: Site, answer: Takeover) -> shapes.Shape:
    return {
        "positions": [
            {
                **shapes.position(one.position, has_live_order=one.may_live),
                "orders": changing.orders_shape(one.orders),
            }
            for one in answer.taken
        ],
        "refused": [str(error) for error in answer.refused],
        "orders_may_live": answer.may_live,
        "trouble": answer.trouble,
        "ledger": changing.ledger_shape(here, site),
    }


@click.command(epilog=examples("botd release 3", "botd release 3 --now"))
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@click.option("--now", "try_now", is_flag=True, help="An extra attempt at once.")
@json_option
@pass_here
def release(here: Here, names: tuple[str, ...], try_now: bool, as_json: bool) -> int:
    """
    Give positions back to their bot, once the broker says that they are still held.

    One that is gone is not given back: tell how it ended with `botd override resolve`.
    ID is an id, a short number, or an underlying for all its positions.
    """
    with changing.at_work(here, "override release") as site:
        try:
            answers = actions.release(
                site, names, try_now=try_now, by=here.person, tell=changing.tell_order
            )
        except KeyboardInterrupt:
            warn(_left(site))
            raise
        if as_json:
            show_json(
                {
                    "positions": [_released_shape(one) for one in answers],
                    "ledger": changing.ledger_shape(here, site),
                }
            )
        else:
            lines = [_released_line(one) for one in answers]
            show([*lines, changing.ledger_line(here, site)], here.screen)
    return max(_released_code(one) for one in answers)


def _left(site: Site) -> str:
    if oneshot.is_with_daemon(site):
        return "botd: left with the daemon, which goes on with it; look: botd"
    return "botd: given up; look how it stands: botd"


def _released_code(one: Released) -> int:
    if one.is_released:
        return errors.DONE
    return errors.UNREACHABLE if one.is_unreachable else errors.FORBIDDEN


def _released_line(one: Released) -> str:
    name = named(one.position)
    if not one.is_released:
        why = plain(one.message or "no answer").removeprefix("not given back: ")
        return f"{name}: NOT given back: {why}"
    tried = f"; the extra attempt: {one.outcome}" if one.outcome else ""
    note = f" ({plain(one.message)})" if one.message and not one.outcome else ""
    if one.position.managed_by is Management.BOT:
        return f"{name}: given back to {one.position.bot}{note}{tried}"
    why = plain(one.position.fact or "")
    return f"{name}: was given back, and is a person's again: {why}{tried}"


def _released_shape(one: Released) -> shapes.Shape:
    return {
        **shapes.position(one.position),
        "released": one.is_released,
        "message": one.message,
        "attempt_outcome": one.outcome,
    }


@click.command(
    epilog=examples(
        "botd override resolve 3 --as closed --net-price -0.45",
        "botd override resolve goog-ic-1 --as expired",
        "botd override resolve 3 --as assigned --note 'called away'",
    )
)
@click.argument("name", metavar="ID")
@click.option(
    "--as", "how", type=click.Choice([how.value for how in How]), required=True, help="How."
)
@price_option(
    "Per share, toward the account: a cost is below zero.",
    "-0.45 for a cost, 0.45 for money received",
)
@click.option("--note", default="", metavar="TEXT", help="For the record.")
@json_option
@pass_here
def resolve(
    here: Here, name: str, how: str, net_price: Decimal | None, note: str, as_json: bool
) -> None:
    """
    Tell how a position ended that a person looks after.

    Without --net-price the P/L of what was closed or settled stays unknown. The shares of
    an option that was assigned or exercised are booked at the strike: at once into the
    campaign that it belongs to, else with the broker's record. A price other than 0 holds
    them already: none are booked.
    """
    with changing.at_work(here, "override resolve") as site:
        try:
            found = actions.resolve(
                site, name, how=How(how), net_price=net_price, note=note, by=here.person
            )
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--net-price") from None
        changing.warn_of_contradiction(site, found)
        lines = [_resolved_line(found, How(how), net_price)]
        _show_changed(here, site, [found], lines, as_json=as_json)


def _resolved_line(found: Position, how: How, net_price: Decimal | None) -> str:
    pnl, is_complete = realized_pnl(found)
    if found.lots:
        return f"{named(found)}: its options are booked as expired; the shares stay, it is open"
    known = "P/L not known: no price was given" if pnl is None else f"P/L {words.dollars(pnl)}"
    part = "" if pnl is None or is_complete else " so far"
    ended = words.spaced(found.status.value)
    return f"{named(found)}: {ended}{_at(how, net_price)}, {known}{part}{_shares(found)}"


def _at(how: How, net_price: Decimal | None) -> str:
    """Say ` at 0.45 paid`, so that a slip in the sign is seen."""
    if net_price is None or how is How.EXPIRED:
        return ""
    way = " received" if net_price > 0 else " paid" if net_price else ""
    return f" at {words.price(abs(net_price))}{way}"


def _shares(found: Position) -> str:
    """Tell the shares that the person's word has moved; a covered call's own are in its P/L."""
    if found.campaign is None or len(found.legs) > len(found.options()):
        return ""
    told = [(each, told_by_hand(found, each.symbol)) for each in found.options()]
    moved = [
        f"{shares_moved(contract, quantity):+d} {contract.underlying} at "
        f"{words.price(contract.strike)}"
        for contract, quantity in told
        if quantity
    ]
    return f"; {', '.join(moved)}: booked into campaign {found.campaign}" if moved else ""


@click.command(epilog=examples("botd policy 3 accept", "botd policy SPY hand_over"))
@click.argument("name", metavar="ID")
@click.argument("wanted", metavar="POLICY", type=click.Choice([each.value for each in Policy]))
@json_option
@pass_here
def policy(here: Here, name: str, wanted: str, as_json: bool) -> None:
    """
    Say what happens to a position that is in the money, whatever its bot says.

    POLICY is close, hand_over (to a person, no order), settle (cash-settled contracts) or
    accept (take the exercise or assignment). ID may be an underlying: all its positions.
    """
    with changing.at_work(here, "policy") as site:
        found = actions.set_policy(site, [name], Policy(wanted), by=here.person)
        lines = [f"{named(one)}: {wanted} if it is in the money" for one in found]
        _show_changed(here, site, found, lines, as_json=as_json)


def _show_changed(
    here: Here,
    site: Site,
    found: tuple[Position, ...] | list[Position],
    lines: list[str],
    *,
    as_json: bool,
) -> None:
    if as_json:
        ledger = changing.ledger_shape(here, site)
        show_json({"positions": [shapes.position(one) for one in found], "ledger": ledger})
    else:
        show([*lines, changing.ledger_line(here, site)], here.screen)

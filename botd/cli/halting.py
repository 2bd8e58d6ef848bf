"""`botd halt` and `botd resume`: the kill switch."""

from datetime import datetime

import click

from botd.cli import changing, errors, words
from botd.cli.changing import named
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, plain, show, show_json, warn
from botd.domain.quoted import standing
from botd.ledger.halts import Halt
from botd.service import actions, exposure, shapes
from botd.service.actions import Halted
from botd.service.exposure import Exposure
from botd.service.inspection import halt_shape
from botd.service.oneshot import Site


@click.command(epilog=examples("botd halt", "botd halt --reason 'odd fills' --keep-working"))
@click.option("--reason", default="", metavar="TEXT", help="For the record and the pages.")
@click.option("--keep-working", is_flag=True, help="Leave the orders that work now.")
@json_option
@pass_here
def halt(here: Here, reason: str, keep_working: bool, as_json: bool) -> int:
    """
    Stop every new order anywhere until a person resumes; also over restarts.

    Cancels the orders that work, tells each one's fate, and what will be assigned unless
    somebody acts. Exit code 5: an order may still live.
    """
    with changing.at_work(here, "halt") as site:
        try:
            answer = actions.halt(site, reason=reason, keep_working=keep_working, by=here.person)
        except KeyboardInterrupt:
            warn("botd: halted; what became of the orders that worked was not waited for")
            raise
        now = site.clock.now()
        exposed = site.ledger.read_now(lambda tx: exposure.exposed(tx, now))
        if as_json:
            show_json(_shape(here, site, answer, exposed))
        else:
            show([*_lines(answer, exposed, now), changing.ledger_line(here, site)], here.screen)
    return errors.UNREACHABLE if answer.may_live else errors.DONE


def _lines(answer: Halted, exposed: tuple[Exposure, ...], now: datetime) -> list[Line | str]:
    since = f" already, since {words.day_and_time(answer.halt.at)}" if answer.was_in_force else ""
    lines: list[Line | str] = [
        (("HALTED", "danger"), (f"{since}: no new order leaves anywhere; botd resume ends it", ""))
    ]
    lines += [changing.fate(order) for order in answer.orders]
    if not answer.orders:
        lines.append("nothing of ours lives")
    elif answer.halt.keep_working:
        lines.append("--keep-working: these orders work on")
    if answer.may_live:
        why = f" ({plain(answer.trouble)})" if answer.trouble else ""
        lines += [
            ((f"An order of ours may still fill{why}", "danger"),),
            "Cancel it at your broker, or try again: botd halt",
        ]
    if exposed:
        lines.append((("Exercised or assigned at the close unless somebody acts:", "bold"),))
    return [*lines, *(_exposed_line(one, now) for one in exposed)]


def _exposed_line(one: Exposure, now: datetime) -> str:
    left = f"closes in {words.countdown(one.closes_at - now)}"
    if one.spot is None or one.spot_at is None:
        return f"   {named(one.position)}  spot not known  {left}"
    age = words.age(now - one.spot_at)
    stands = standing(one.position.legs, one.spot)
    if not stands:
        stands = f"ITM {words.price(one.inside)} at {words.price(one.spot)}"
    return f"   {named(one.position)}  {stands} ({age} old)  {left}"


def _shape(here: Here, site: Site, answer: Halted, exposed: tuple[Exposure, ...]) -> shapes.Shape:
    return {
        "halted": True,
        "halt": halt_shape(answer.halt),
        "orders": changing.orders_shape(answer.orders),
        "orders_may_live": answer.may_live,
        "trouble": answer.trouble,
        "exposed": [
            {
                "position": shapes.position(one.position),
                "closes_at": shapes.instant(one.closes_at),
                "in_the_money": shapes.money(one.inside),
                "spot": shapes.money(one.spot),
                "spot_at": shapes.instant(one.spot_at),
            }
            for one in exposed
        ],
        "ledger": changing.ledger_shape(here, site),
    }


@click.command(epilog=examples("botd resume"))
@json_option
@pass_here
def resume(here: Here, as_json: bool) -> None:
    """Let orders leave again: end the halt, and every stop of an account."""
    with changing.at_work(here, "resume") as site:
        ended = actions.resume(site, by=here.person)
        if as_json:
            show_json(
                {
                    "halted": False,
                    "ended": [halt_shape(one) for one in ended],
                    "ledger": changing.ledger_shape(here, site),
                }
            )
        else:
            lines = [_ended_line(one) for one in ended] or ["nothing was halted"]
            show([*lines, changing.ledger_line(here, site)], here.screen)


def _ended_line(one: Halt) -> str:
    what = "the halt" if one.scope == "all" else f"the stop of {one.scope}"
    why = f": {plain(one.reason)}" if one.reason else ""
    return f"ended {what} of {words.day_and_time(one.at)} by {plain(one.by)}{why}"

"""One bot's file: `config/bots/*.toml`."""

from collections.abc import Callable, Collection
from datetime import timedelta

from botd.domain.bot import (
    Anchor,
    Bot,
    Expiration,
    Legging,
    OnRefusal,
    Pricing,
    PricingMode,
    Scope,
)
from botd.domain.position import Policy
from botd.settings.reader import Table
from botd.settings.values import amount, duration, flag, name, one_of, shown, text, whole

PAPER_ACCOUNT = "paper"  # the account of a paper broker whose bot names none

_SHORTEST_LEAD = timedelta(seconds=5)  # an order needs that long to leave and be answered
_LONGEST_LEAD = timedelta(hours=3)  # a half-day lasts three and a half
_lead = duration(_SHORTEST_LEAD, _LONGEST_LEAD)
_quote_age = duration(timedelta(seconds=1), timedelta(minutes=15))  # older ones never decide
_final_price = whole(50, 150)


def read_bot(
    table: Table,
    *,
    parse_broker: Callable[[object], str] = name,
    with_account: frozenset[str] = frozenset(),
    brokers: Collection[str] = (),
) -> Bot | None:
    """
    Read a bot's file; None where it names no bot, broker or account.

    Args:
        table: the whole file; its faults go where the table's go.
        parse_broker: knows which brokers there are.
        with_account: brokers of whose accounts one must be named; on paper it may be left out.
        brokers: those there are, for messages.
    """
    bot_name = table.need("name", name, 'write name = "..."')
    broker = table.need("broker", parse_broker, _one_of_brokers(brokers))
    account: str | None = (
        table.need("account", text, 'write account = "...", the one that the credentials open')
        if broker in with_account
        else table.get("account", text, PAPER_ACCOUNT)
    )
    expiration = _expiration(table.inner("expiration"))
    pricing = _pricing(table.inner("pricing"))
    table.done()
    if bot_name is None or broker is None or account is None:
        return None
    return Bot(bot_name, broker, account, expiration, pricing)


def _one_of_brokers(brokers: Collection[str]) -> str:
    return f"allowed: {', '.join(brokers)}" if brokers else 'write broker = "..."'


def _expiration(table: Table) -> Expiration:
    given = Expiration()
    read = Expiration(
        attempts=table.get("attempts", _attempts, given.attempts),
        anchor=table.get("anchor", one_of(Anchor), given.anchor),
        itm_policy=table.get("itm_policy", one_of(Policy), given.itm_policy),
        scope=table.get("scope", one_of(Scope), given.scope),
        legging=table.get("legging", one_of(Legging), given.legging),
        pin_band=table.get("pin_band", amount, given.pin_band),
        max_quote_age=table.get("max_quote_age", _quote_age, given.max_quote_age),
        on_refusal=table.get("on_refusal", one_of(OnRefusal), given.on_refusal),
        cancel_resting_exits=table.get("cancel_resting_exits", flag, given.cancel_resting_exits),
    )
    table.done()
    return read


def _pricing(table: Table) -> Pricing:
    given = Pricing()
    read = Pricing(
        mode=table.get("mode", one_of(PricingMode), given.mode),
        final_price=table.get("final_price", _final_price, given.final_price),
        max_overpay=table.get("max_overpay", amount, given.max_overpay),
    )
    table.done()
    return read


def _attempts(found: object) -> tuple[timedelta, ...]:
    if not isinstance(found, list) or not found:
        raise ValueError(f'{shown(found)}; write a list of durations: ["10m", "5m", "1m"]')
    leads = [_lead(entry) for entry in found]
    if len(set(leads)) != len(leads):
        raise ValueError(f"{shown(found)} names one attempt twice")
    return tuple(sorted(leads, reverse=True))

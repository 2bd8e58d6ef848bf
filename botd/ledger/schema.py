"""
The ledger's tables, as they stand at `SCHEMA_VERSION`.

    accounts    which accounts the brokers' tables are bound to
    positions   what bots hold: the fold of its events
    events      what happened to a position; append-only, numbered, hash-chained
    attempts    one row per position and due instant: the claim
    orders      intents and what became of them; at most one live per position
    fills       executions, each once per account
    halts       stops: a person's, or an account's
    commands    what the command line asks of the daemon
    overrides   who took a position, when, and how it ended
    alerts      what people are told, once per key
    moments     things done exactly once
    marks       newest quotes, for the board
    unmanaged   options at a broker that stop trading today and that nobody manages
    campaigns   entries of wheels

A change here needs a migration beside it and another `SCHEMA_VERSION`.
"""

from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from botd.domain.orders import LIVE_ORDER_STATUSES
from botd.ledger.columns import Money, UtcInstant

APPLICATION_ID = 0x626F7464  # "botd"
SCHEMA_VERSION = 3
REVISION = f"{SCHEMA_VERSION:04d}"  # the same, as Alembic names it

metadata = MetaData()


@compiles(CreateIndex, "postgresql")
def _create_partial_index(create: CreateIndex, compiler: DDLCompiler, **how: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
    """
    Give PostgreSQL the condition that an index has for SQLite: the text is the same.

    Naming it beside the other would load that dialect into every process, for nothing.
    """
    options = create.element.dialect_options
    options["postgresql"]["where"] = options["sqlite"]["where"]
    made: str = compiler.visit_create_index(create, **how)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so
    return made


alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("broker", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("bound_at", UtcInstant, nullable=False),
    Column("changed_at", UtcInstant, nullable=False),
    sqlite_strict=True,
)

positions = Table(
    "positions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("bot", Text, nullable=False),
    Column("broker", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("underlying", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("legs", Text, nullable=False),  # JSON: [[symbol, quantity], ...], as opened
    Column("units", Integer, nullable=False),
    Column("units_open", Integer, nullable=False),
    Column("opened_at", UtcInstant, nullable=False),
    Column("open_net_price", Money),  # None where it is not known
    Column("expiration", Text),  # New York date
    Column("closes_at", UtcInstant),
    Column("status", Text, nullable=False),
    Column("managed_by", Text, nullable=False),
    Column("manual_reason", Text),
    Column("assignment", Text),
    Column("confirmed", Integer, nullable=False),
    Column("broker_error", Text),  # JSON
    Column("fact", Text),
    Column("policy", Text),
    Column("lots", Text, nullable=False),  # JSON: [[units, legs, accrued], ...]
    Column("outcomes", Text, nullable=False),  # JSON: [[units, how, net_price, at, fees], ...]
    Column("closed_by", Text),
    Column("closed_at", UtcInstant),
    Column("campaign", Text),
    Column("epoch", Integer, nullable=False),
    Column("tags", Text, nullable=False),  # JSON
    Column("events", Integer, nullable=False),  # how many there are
    Column("head", Text, nullable=False),  # hash of the newest
    Index("positions_by_status", "status", "broker", "account"),
    Index("positions_by_end", "closed_at"),
    sqlite_strict=True,
)

events = Table(
    "events",
    metadata,
    Column("position_id", Text, ForeignKey("positions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("by", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON: what the position's row became
    Column("data", Text),  # JSON: what else is worth knowing
    Column("hash", Text, nullable=False),  # over the one before and this one
    PrimaryKeyConstraint("position_id", "number"),
    sqlite_strict=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("position_id", Text, ForeignKey("positions.id"), nullable=False),
    Column("due_at", UtcInstant, nullable=False),
    Column("lead", Text, nullable=False),
    Column("started_at", UtcInstant, nullable=False),
    Column("late_milliseconds", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("decision", Text),
    Column("reason", Text),
    Column("moneyness", Text),  # JSON
    Column("note", Text),
    Column("outcome", Text),
    Column("finished_at", UtcInstant),
    PrimaryKeyConstraint("position_id", "due_at"),
    Index("attempts_by_time", "due_at"),
    sqlite_strict=True,
)

_LIVE = ", ".join(f"'{status.value}'" for status in sorted(LIVE_ORDER_STATUSES, key=str))

orders = Table(
    "orders",
    metadata,
    Column("client_order_id", Text, nullable=False),
    Column("broker", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("position_id", Text, ForeignKey("positions.id"), nullable=False),
    Column("attempt_due_at", UtcInstant, nullable=False),
    Column("step", Integer, nullable=False),
    Column("legs", Text, nullable=False),  # JSON, as sent
    Column("units", Integer, nullable=False),
    Column("net_price", Money),
    Column("cap", Money),
    Column("give_up_at", UtcInstant, nullable=False),
    Column("is_extra", Integer, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
    Column("status", Text, nullable=False),
    Column("broker_order_id", Text),
    Column("filled_units", Integer, nullable=False),  # as the broker counts them
    Column("booked_units", Integer, nullable=False),  # given to the position, as fills
    Column("filled_value", Money),  # units x net price of what is booked; None: not known
    Column("submitted_at", UtcInstant),
    Column("finished_at", UtcInstant),
    Column("reported_at", UtcInstant),
    Column("refusal", Text),  # JSON
    PrimaryKeyConstraint("client_order_id", "broker", "account"),
    Index(
        "one_live_order",
        "position_id",
        unique=True,
        sqlite_where=text(f"status IN ({_LIVE})"),
    ),
    Index("orders_by_position", "position_id", "attempt_due_at"),
    sqlite_strict=True,
)

fills = Table(
    "fills",
    metadata,
    Column("broker", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("execution_id", Text, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("booked_units", Integer, nullable=False),  # less where a total had told of them
    Column("net_price", Money),  # None where the broker never told
    Column("is_total", Integer, nullable=False),  # known from a total, not from an execution
    Column("filled_at", UtcInstant, nullable=False),
    Column("recorded_at", UtcInstant, nullable=False),
    PrimaryKeyConstraint("broker", "account", "execution_id"),
    Index("fills_by_order", "client_order_id"),
    sqlite_strict=True,
)

halts = Table(
    "halts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", Text, nullable=False),  # "all", or "broker/account"
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("keep_working", Integer, nullable=False),
    Column("ended_at", UtcInstant),
    Column("ended_by", Text),
    Index(
        "halts_in_force",
        "scope",
        sqlite_where=text("ended_at IS NULL"),
    ),
    sqlite_strict=True,
)

commands = Table(
    "commands",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("position_id", Text),
    Column("args", Text, nullable=False),  # JSON
    Column("by", Text, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcInstant),
    Column("finished_at", UtcInstant),
    Column("result", Text),  # JSON
    Index("commands_by_state", "state"),
    sqlite_strict=True,
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position_id", Text, ForeignKey("positions.id"), nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("released_at", UtcInstant),
    Column("released_by", Text),
    Column("ending", Text),  # "released" or "resolved"
    Index("overrides_by_position", "position_id"),
    sqlite_strict=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcInstant, nullable=False),
    Column("delivered_at", UtcInstant),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcInstant, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("key"),
    Index(
        "alerts_undelivered",
        "next_try_at",
        sqlite_where=text("delivered_at IS NULL"),
    ),
    sqlite_strict=True,
)

moments = Table(
    "moments",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", UtcInstant, nullable=False),
    sqlite_strict=True,
)

marks = Table(
    "marks",
    metadata,
    Column("broker", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("bid", Money),
    Column("ask", Money),
    Column("last", Money),
    Column("as_of", UtcInstant, nullable=False),
    PrimaryKeyConstraint("broker", "account", "symbol"),
    sqlite_strict=True,
)

unmanaged = Table(
    "unmanaged",
    metadata,
    Column("broker", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("as_of", UtcInstant, nullable=False),
    PrimaryKeyConstraint("broker", "account", "symbol"),
    sqlite_strict=True,
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign", Text, nullable=False),
    Column("key", Text, nullable=False),  # what the entry stands for: counted once
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("position_id", Text),
    Column("symbol", Text),
    Column("quantity", Integer),
    Column("net_price", Money),
    Column("amount", Money),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("campaign", "key"),
    UniqueConstraint("campaign", "number"),
    sqlite_strict=True,
)

# What an order asks for is written once: one id is one body.
_INTENT_COLUMNS = (
    "client_order_id, broker, account, position_id, attempt_due_at, step, legs, units, "
    "net_price, cap, give_up_at, is_extra, body_hash, created_at"
)

_TRIGGERS = (
    ("events_never_change", "BEFORE UPDATE ON events", "events are append-only"),
    ("events_never_go", "BEFORE DELETE ON events", "events are append-only"),
    ("positions_never_go", "BEFORE DELETE ON positions", "positions are never deleted"),
    ("intents_never_change", f"BEFORE UPDATE OF {_INTENT_COLUMNS} ON orders", "an intent is final"),
    ("orders_never_go", "BEFORE DELETE ON orders", "orders are never deleted"),
    ("fills_never_change", "BEFORE UPDATE ON fills", "fills are append-only"),
    ("fills_never_go", "BEFORE DELETE ON fills", "fills are append-only"),
)

_TRIGGER_TEXTS = {
    name: f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    for name, when, message in _TRIGGERS
}

for _text in _TRIGGER_TEXTS.values():
    event.listen(
        metadata,
        "after_create",
        DDL(_text).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]  # SQLAlchemy's
    )


def guards() -> dict[str, str]:
    """Give what keeps the ledger's promises in SQLite, as SQL by name: triggers, unique indexes."""
    indexes = {
        str(index.name): str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for each in metadata.tables.values()
        for index in each.indexes
        if index.unique
    }
    return {**_TRIGGER_TEXTS, **indexes}

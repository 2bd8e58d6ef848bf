"""
Serve one broker's dialect on loopback: `python -m tests.servers alpaca --port 0`.

The first line on standard output is the port. It ends by itself: after its lifetime,
with the process that started it, or on a signal.
"""

import argparse
import asyncio
import importlib
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from botd.clock import SystemClock
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import Gate
from tests.servers.serve import Server, serve

# Dialect -> module, face, and what differs at the exchange behind it.
DIALECTS = {
    "alpaca": ("tests.servers.alpaca", "AlpacaFace", Rules(wants_lowest_terms=True)),
    "tradier": (
        "tests.servers.tradier",
        "TradierFace",
        Rules(takes_ids_once=False, replaces_in_place=True),
    ),
    "tastytrade": (
        "tests.servers.tastytrade",
        "TastytradeFace",
        Rules(takes_ids_once=False, lets_open=True),
    ),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("dialect", choices=DIALECTS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--account", default="BOTD1")
    parser.add_argument("--book", type=Path, help="a JSON list of commands for the beginning")
    parser.add_argument("--seconds", type=float, default=180, help="its lifetime, on its clock")
    return parser.parse_args()


def _gate(dialect: str, account: str, clock: SystemClock) -> Gate:
    module, name, rules = DIALECTS[dialect]
    face = getattr(importlib.import_module(module), name)
    return Gate(face(Exchange(account=account, now=clock.now, rules=rules)))


def _say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


async def _run(arguments: argparse.Namespace) -> None:
    clock = SystemClock()
    server = Server(_gate(arguments.dialect, arguments.account, clock), clock, port=arguments.port)
    if arguments.book is not None:
        server.control.take(*json.loads(arguments.book.read_text()))
    parent = os.getppid()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(
        server,
        clock,
        lifetime=timedelta(seconds=arguments.seconds),
        is_wanted=lambda: os.getppid() == parent and not ended.is_set(),
        ready=_say,
    )


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))

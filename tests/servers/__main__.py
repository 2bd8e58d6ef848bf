"""
Serve one broker's dialect on loopback: `python -m tests.servers alpaca --port 0`.

The first line on standard output is the port, the second one that of `_control` alone.
It ends by itself: after its lifetime, with the process that started it, or on a signal.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from botd.clock import SystemClock
from tests.servers import alpaca, clickoptions, crosstrade, intotes, tastytrade, tradier
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import Face, Gate
from tests.servers.serve import Server, serve

_Dialect = tuple[Callable[[Exchange], Face], Rules]
_TRADIER = Rules(takes_ids_once=False, replaces_in_place=True, takes_when_closed=True)
# Dialect -> its face, and what differs at the exchange behind it.
DIALECTS: dict[str, _Dialect] = {
    "clickoptions": (clickoptions.ClickOptionsFace, Rules()),
    "alpaca": (alpaca.AlpacaFace, alpaca.RULES),
    "tradier": (tradier.TradierFace, _TRADIER),
    "tastytrade": (tastytrade.TastytradeFace, tastytrade.RULES),
    "crosstrade": (crosstrade.CrosstradeFace, crosstrade.RULES),
    "intotes": (intotes.IntotesFace, intotes.RULES),
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
    face, rules = DIALECTS[dialect]
    return Gate(face(Exchange(account=account, now=clock.now, rules=rules)))


def _say(port: int, control_port: int) -> None:
    sys.stdout.write(f"{port}\n{control_port}\n")
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

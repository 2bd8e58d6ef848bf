"""
`botd run`, with the end of each claim's commit written down.

Run as `python -m benchmarks.timed_daemon CONFIG LEADS OUT`; LEADS is JSON: each bot's
lead in seconds, finer than files may say it. OUT gets the seconds from an attempt's
instant to the moment at which its claim has been committed, one line each.
"""

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botd.domain.schedule import Due, DueAttempt
from botd.engine import claims
from botd.engine.desk import Desk
from botd.service import daemon
from botd.settings.load import load
from botd.settings.model import Settings


def main() -> int:
    """Run the daemon until it is told to stop."""
    config, leads_file, out = (Path(argument) for argument in sys.argv[1:4])
    leads: dict[str, float] = json.loads(leads_file.read_text())
    late: list[float] = []
    claim = claims.claim

    async def timed(desk: Desk, due: Due, now: datetime) -> tuple[DueAttempt, ...]:
        claimed = await claim(desk, due, now)
        done_at = datetime.now(UTC)
        late.extend((done_at - one.due_at).total_seconds() for one in claimed)
        return claimed

    def with_leads() -> Settings:
        settings = load(config, os.environ)
        bots = {
            name: replace(
                bot,
                expiration=replace(bot.expiration, attempts=(timedelta(seconds=leads[name]),)),
            )
            for name, bot in settings.bots.items()
        }
        return replace(settings, bots=bots)

    claims.claim = timed
    try:
        return daemon.run(with_leads)
    finally:
        out.write_text("".join(f"{seconds:.6f}\n" for seconds in late))


if __name__ == "__main__":
    sys.exit(main())

"""A small recorded day on the disk, and books to play on it."""

from collections.abc import Mapping
from pathlib import Path

from botd.domain.bot import Bot
from botd.domain.session import Sessions
from botd.service import replay
from botd.service.replay import Played, Script
from tests.brokers.paper.day import CALL_745, LATER_CALL, PUT_745, PUT_750, Recorded
from tests.engine.market import SESSIONS

# GOOG at 748: PUT_750 is in the money, PUT_745 and CALL_750 are not.
_MINUTES = [f"{17 + minute // 60}:{minute % 60:02d}" for minute in range(20, 61)]
QUOTES = tuple(
    (minute, symbol, bid, ask, "10", "10")
    for minute in _MINUTES
    for symbol, bid, ask in (
        (PUT_750, "2.00", "2.20"),
        (PUT_745, "0.05", "0.10"),
        (CALL_745, "3.00", "3.30"),
    )
)
DAY = Recorded(
    quotes=QUOTES,
    bars=tuple((minute, "748.00") for minute in _MINUTES),
    meta={"official_close": "748.00", "underlying": "GOOG"},
)
SHORT_PUT = ("short-put", f"-1 {PUT_750}")
IDLE_PUT = ("idle-put", f"-1 {PUT_745}")
LATER = ("later", f"-1 {LATER_CALL}")


def entry(
    name: str, *held: str, units: int = 1, bot: str = "wheel", opened_at: str = "2015-12-18T15:00"
) -> str:
    """Write an entry of a positions file, legs as `-1 GOOG151224P00750000`."""
    pairs = (one.split() for one in held)
    legs = ", ".join(f'{{ symbol = "{symbol}", quantity = {size} }}' for size, symbol in pairs)
    return (
        f'[[position]]\nid = "{name}"\nbot = "{bot}"\nopened_at = {opened_at}:00Z\n'
        f'units = {units}\nnet_price = "1.25"\nlegs = [{legs}]\n'
    )


def happens(at: str, do: str, position: str | None = None, more: str = "") -> str:
    """Write a scenario's entry; *at* as `T-8` or an instant."""
    when = f'"{at}"' if at.startswith("T") else at
    named = "" if position is None else f'position = "{position}"\n'
    return f'[[scenario]]\nat = {when}\n{named}do = "{do}"\n{more}\n'


def script(
    folder: Path,
    *entries: str,
    bots: Mapping[str, Bot] | None = None,
    day: Recorded = DAY,
    sessions: Sessions = SESSIONS,
) -> Script:
    """Write pack and book, and read them as `botd replay` does."""
    pack = day.write(folder / "pack")
    (pack / "positions.toml").write_text("\n".join(entries))
    return replay.prepare(pack, None, bots or {}, sessions)


def played(folder: Path, *entries: str, bots: Mapping[str, Bot] | None = None) -> Played:
    """Play a book on the small day, to its end."""
    return replay.play(script(folder, *entries, bots=bots))

"""
A page of an account's activities, as Alpaca cuts it.

    activity_types  a comma-separated list; or one in the path; or a category instead
    after, until    of the creation, exclusive; date: the whole day (UTC)
    page_token      the id of the last line that is known; it follows in the direction
    page_size       100, also at most

Source: trading-api.json, GET /v2/account/activities.
"""

from datetime import UTC, datetime, time, timedelta

from tests.servers import alpaca_words as say
from tests.servers.alpaca_listing import Key, key
from tests.servers.alpaca_orders import Json
from tests.servers.alpaca_words import Refused
from tests.servers.face import Request

_MOST = 100


def records(lines: list[Json], request: Request, kind: str | None) -> list[Json]:
    """Cut a page out of all lines, which come oldest first."""
    ask = request.asked
    kinds = {kind} if kind else set((ask("activity_types") or "").split(",")) - {""}
    if kinds and ask("category"):
        raise Refused(say.invalid("activity_types cannot be used with category"))
    found = [
        line
        for line in lines
        if (not kinds or line["activity_type"] in kinds)
        and _is_of(line, ask("category"))
        and _is_in_time(line, request)
    ]
    if (ask("direction") or "desc") == "desc":
        found.reverse()
    token = ask("page_token")
    if token:
        ids = [line["id"] for line in found]
        if token not in ids:
            raise Refused(say.invalid("invalid page_token"))
        found = found[ids.index(token) + 1 :]
    return found[: _size(ask("page_size"))]


def _is_of(line: Json, category: str | None) -> bool:
    is_trade = line["activity_type"] == "FILL"
    return category is None or is_trade is (category == "trade_activity")


def _is_in_time(line: Json, request: Request) -> bool:
    created = key(str(line.get("created_at") or line["transaction_time"]), "created_at")
    after, until = key(request.asked("after"), "after"), key(request.asked("until"), "until")
    first, last = _day(request.asked("date"))
    return (
        created is not None
        and (after is None or created > after)
        and (until is None or created < until)
        and (first is None or first <= created)
        and (last is None or created < last)
    )


def _day(found: str | None) -> tuple[Key | None, Key | None]:
    read = key(found, "date")
    if read is None:
        return None, None
    midnight = datetime.combine(read[0].date(), time(), UTC)
    return (midnight, 0), (midnight + timedelta(days=1), 0)


def _size(found: str | None) -> int:
    if found is None:
        return _MOST
    if not found.isdigit() or not 1 <= int(found) <= _MOST:
        raise Refused(say.invalid(f"page_size must be between 1 and {_MOST}"))
    return int(found)

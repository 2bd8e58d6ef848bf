"""
What may come of a spoiled answer, judged by the answer itself and by nothing of an adapter.

    any call          a value of the promised shape, or a declared error; within bounds
    OrderRefused      from submit, replace, cancel; only for a no in the broker's words
    BrokerUnavailable from an order only where none arrived, or the answer says so
    an order          accepted only by an answer that has it: id, our id, status, legs
    a list            what stands in it untouched stands in the value, unchanged; what was
                      touched makes an error, or is still there; what is no list is an error
    kept              what was changed without a meaning changes nothing
"""

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

from botd.domain import occ
from botd.domain.order_id import PREFIX
from botd.domain.orders import Holding, OrderReport
from botd.errors import (
    BrokerError,
    BrokerUnavailable,
    OrderRefused,
    OutcomeUnknown,
)
from tests.malformed.dialects import DIALECTS
from tests.malformed.playing import LONGEST, Case, Given, Played
from tests.malformed.reading import UNREADABLE, Dialect, an_id, depth, strict
from tests.malformed.recording import Exchanged, Scene
from tests.malformed.shapes import faults, promised
from tests.malformed.tampering import Pace, Tampered
from tests.servers.face import Reply

_WRITES = frozenset({"submit", "replace"})
_REFUSED_FROM = frozenset({"submit", "replace", "cancel"})
_LISTS = frozenset({"orders", "holdings"})
_JUDGED_WHEN_KEPT = frozenset({*_REFUSED_FROM, *_LISTS, "account", "look_up"})
_DECLARED = (BrokerUnavailable, OutcomeUnknown, OrderRefused)
_AWAY = frozenset({401, 429})
_UNAUTHORIZED = 401
_OK = range(200, 300)
_DEEPEST = 32


def complaints(played: Played, name: str) -> Iterator[str]:
    """Give everything that must not have come of a case; none: all is well."""
    case, ending = played.case, played.ending
    call, dialect = case.scene.call, DIALECTS[name]
    if played.took > LONGEST:
        yield f"took {played.took}"
    if ending.error is not None:
        yield from _of_error(ending.error, call)
    else:
        yield from faults(ending.value, promised(call))
    if call in _WRITES:
        yield from _of_write(played, dialect)
    elif call == "cancel" and isinstance(ending.error, OrderRefused):
        yield from _of_refusal(_answer(played, "DELETE"), dialect)
    elif ending.error is None and call in _LISTS:
        yield from _of_list(played, dialect)
    elif ending.error is None and call == "look_up":
        yield from _of_look_up(played, dialect)
    if case.tampered.kept and call in _JUDGED_WHEN_KEPT and not _is_same(case.scene, played):
        yield "the answer means what it meant before"


def _of_error(error: Exception, call: str) -> Iterator[str]:
    if not isinstance(error, _DECLARED) or type(error) not in _DECLARED:
        yield f"{type(error).__name__} is none of the declared errors"
    if isinstance(error, OrderRefused):
        if call not in _REFUSED_FROM:
            yield f"a refusal from {call}"
        yield from faults(error.refusal, type(error.refusal), "refusal")
    if isinstance(error, BrokerError) and len(str(error)) > 5_000:
        yield f"{len(str(error))} characters of words"


# Orders.


def _of_write(played: Played, dialect: Dialect) -> Iterator[str]:
    answer = _answer(played, "POST", "PUT", "PATCH")
    value, error = played.ending.value, played.ending.error
    if answer is None:
        if isinstance(error, OrderRefused) or error is None:
            yield "an answer to an order that never arrived"
        return
    if isinstance(error, OrderRefused):
        yield from _of_refusal(answer, dialect)
    elif isinstance(error, BrokerUnavailable):
        yield from _of_absence(answer, dialect)
    elif isinstance(value, OrderReport):
        yield from _of_acceptance(played.case.scene, value, answer, dialect)


def _of_refusal(answer: Given | None, dialect: Dialect) -> Iterator[str]:
    if answer is None or not dialect.refuses(answer.reply.status, _body(answer), _tree(answer)):
        yield "read as a refusal"


def _of_absence(answer: Given, dialect: Dialect) -> Iterator[str]:
    reply = answer.reply
    is_unreached = isinstance(reply, Tampered) and reply.pace is Pace.UNREACHED
    if reply.status in _AWAY or is_unreached or dialect.sends_away(reply.status, _tree(answer)):
        return
    yield "read as never sent, so that it may be sent again"


def _of_acceptance(
    scene: Scene, report: OrderReport, answer: Given, dialect: Dialect
) -> Iterator[str]:
    intent = scene.intent
    assert intent is not None
    if answer.reply.status not in _OK or not _is_whole(answer):
        yield f"read as accepted out of {answer.reply.status}"
        return
    number = dialect.accepted(_tree(answer), intent, scene.wanted)
    if number is None or (scene.call == "replace" and number == scene.wanted):
        yield "read as accepted"
        return
    told = (report.broker_order_id, report.client_order_id, report.units, set(report.legs))
    if told != (number, intent.client_order_id, intent.units, set(intent.legs)):
        yield f"accepted as something else: {told}"


# Lists.


def _of_list(played: Played, dialect: Dialect) -> Iterator[str]:
    found: list[Any] = []
    for number, answer in enumerate(played.given):
        later = [each.asked for each in played.given[number + 1 :]]
        is_renewed = answer.reply.status == _UNAUTHORIZED and answer.asked in later
        if answer.asked.is_login or is_renewed:
            continue
        items = dialect.items(_tree(answer)) if answer.reply.status in _OK else None
        if items is None or not _is_whole(answer):
            yield "a value out of what is no list"
            return
        found += items
    if not all(isinstance(each, dict) for each in found):
        yield "a value out of a list of odd things"
        return
    yield from _of_items(played, found, dialect)


def _of_items(played: Played, found: list[dict[str, Any]], dialect: Dialect) -> Iterator[str]:
    scene = played.case.scene
    originals = _originals(scene, dialect)
    if scene.call == "orders" and not any(dialect.name in each for each in originals):
        return  # a list of positions, of which only what was closed is told
    strangers = [each for each in found if each not in originals]
    value: Any = played.ending.value
    for item in originals:
        number = item.get(dialect.number)
        is_told_twice = any(each.get(dialect.number) == number for each in strangers)
        if item in found and (number is None or not is_told_twice):
            yield from _untouched(item, scene, value, dialect)
        elif (touched := _touched(item, strangers)) is not None:
            yield from _still_there(item, touched, value, dialect)


def _originals(scene: Scene, dialect: Dialect) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for each in scene.exchanges:
        for item in dialect.items(_parsed(each)) or ():
            if item not in items:
                items.append(item)
    return items


def _untouched(
    item: dict[str, Any], scene: Scene, value: tuple[Any, ...], dialect: Dialect
) -> Iterator[str]:
    if scene.call == "holdings":
        position = dialect.position(item)
        if position is not None and _is_option(position.symbol):
            yield from _held(position.symbol, position.quantity, value)
        return
    name = item.get(dialect.name)
    if not str(name or "").startswith(PREFIX):
        return
    number = str(item[dialect.number])
    recorded: Any = scene.ending.value
    expected = next(each for each in recorded if each.broker_order_id == number)
    actual = [each for each in value if each.broker_order_id == number]
    if [expected] != actual:
        yield f"order {number} is told as {actual!r:.300}"


def _touched(item: dict[str, Any], strangers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Find what became of an item: what shares most of its values, half of them at least."""
    best, most = None, len(item) / 2
    for each in strangers:
        shared = sum(1 for key, value in item.items() if key in each and each[key] == value)
        if shared >= most:
            best, most = each, shared
    return best


def _still_there(
    item: dict[str, Any], touched: dict[str, Any], value: tuple[Any, ...], dialect: Dialect
) -> Iterator[str]:
    """Hold that a spoiled item is not lost: no error was told."""
    if value and not isinstance(value[0], OrderReport | Holding):
        return
    is_order = dialect.number in item and dialect.name in item
    if is_order or "legs" in item or "leg" in item:
        yield from _order_still_there(item, touched, value, dialect)
        return
    before = dialect.position(item)
    if before is None or not _is_option(before.symbol):
        return
    position = dialect.position(touched)
    if position is None:
        yield f"a position that cannot be read was passed over: {touched!r:.300}"
    elif position.quantity:
        yield from _held(position.symbol, position.quantity, value)


def _order_still_there(
    item: dict[str, Any], touched: dict[str, Any], value: tuple[Any, ...], dialect: Dialect
) -> Iterator[str]:
    if not str(item.get(dialect.name) or "").startswith(PREFIX):
        return
    is_named = str(touched.get(dialect.name) or "").startswith(PREFIX)
    others = {key: each for key, each in item.items() if key != dialect.name}
    is_only_unnamed = others == {key: touched.get(key) for key in others}
    if not (is_named or is_only_unnamed):
        return  # spoiled twice: nothing in it says any more that it is ours
    numbers = {str(each.get(dialect.number)) for each in (item, touched)}
    names = {str(each.get(dialect.name)) for each in (item, touched)}
    reports = [each for each in value if isinstance(each, OrderReport)]
    if not any(
        each.broker_order_id in numbers or str(each.client_order_id) in names for each in reports
    ):
        yield f"an order of ours was passed over: {touched!r:.300}"


def _held(symbol: str, quantity: Decimal, value: tuple[Any, ...]) -> Iterator[str]:
    wanted = symbol.replace(" ", "")
    found = [each for each in value if each.symbol.replace(" ", "") == wanted]
    if not any(each.quantity == quantity for each in found):
        yield f"{quantity} of {symbol} are told as {found!r:.300}"


def _is_option(symbol: str) -> bool:
    if symbol.startswith(("crypto:BTC-", "crypto:ETH-")):
        return True
    try:
        occ.parse(symbol.replace(" ", "").replace("/", ""))
    except ValueError:
        return False
    return True


# Look-ups.


def _of_look_up(played: Played, dialect: Dialect) -> Iterator[str]:
    scene, value = played.case.scene, played.ending.value
    answer = played.given[-1]
    if value is None:
        if dialect.items(_tree(answer)) is None and not dialect.has_no_order(
            answer.reply.status, _tree(answer)
        ):
            yield "read as: there is no such order"
        return
    assert isinstance(value, OrderReport)
    tree = _tree(answer)
    if value.client_order_id != scene.wanted:
        yield f"an order of the name {value.client_order_id!r}"
    if isinstance(tree, dict) and an_id(tree.get(dialect.number)) != value.broker_order_id:
        yield f"an order of the number {value.broker_order_id!r}"


# What was said.


def _answer(played: Played, *methods: str) -> Given | None:
    """Give the last answer to an order, or to a cancel; None: there was none."""
    given = [
        each
        for each in played.given
        if each.asked.method in methods and "/orders" in each.asked.path
    ]
    return given[-1] if given else None


def _body(answer: Given) -> bytes:
    return answer.reply.body


def _tree(answer: Given) -> Any:  # noqa: ANN401 - any JSON
    """Read an answer as strictly as one can; `UNREADABLE` where no whole answer came."""
    if not _is_whole(answer):
        return UNREADABLE
    tree = strict(answer.reply.body)
    return UNREADABLE if depth(tree) > _DEEPEST else tree


def _is_whole(answer: Given) -> bool:
    reply = answer.reply
    if isinstance(reply, Reply):
        return True
    codings = {value for name, value in reply.headers if name == "content-encoding"}
    return reply.pace in {Pace.WHOLE, Pace.BYTEWISE} and codings <= {b"", b"identity"}


def _parsed(each: Exchanged) -> Any:  # noqa: ANN401 - any JSON
    return strict(each.reply.body)


def _is_same(scene: Scene, played: Played) -> bool:
    before, after = scene.ending, played.ending
    if before.error is None or after.error is None:
        return before.error is None and after.error is None and _alike(before.value, after.value)
    same = (type(before.error), str(before.error)) == (type(after.error), str(after.error))
    return same or isinstance(after.error, type(before.error))


def _alike(before: object, after: object) -> bool:
    """Compare values without the instants at which they were asked for."""
    if hasattr(before, "as_of") and hasattr(after, "as_of"):
        names = [each.name for each in fields(before) if each.name != "as_of"]  # type: ignore[arg-type]
        return all(getattr(before, name) == getattr(after, name) for name in names)
    return before == after


def described(case: Case) -> str:
    """Name a case for people."""
    return f"#{case.index} {case.scene.name}: answer {case.place}: {'; '.join(case.tampered.done)}"

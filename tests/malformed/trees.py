"""
What goes wrong inside a JSON answer: one place of its tree, chosen at random, is spoiled.

Values that JSON's writer would not write (1e999, NaN, a key twice, ten thousand brackets)
are put in as marks, and the marks replaced in the text.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

_DEEP, _MANY, _LONG = 10_000, 100_000, 100_000
_MARK, _TWICE = "@@raw:", "@@twice"
_NUMBERS = (
    *("0", "-1", "1", "2", "-0", "0.5", "-0.0", "1e3", "1E+2", "3e0", "1e999", "-1e999", "1e-400"),
    *("NaN", "Infinity", "-Infinity", "9" * 20, "9" * 40, "-" + "9" * 40, "0." + "0" * 40 + "1"),
    *("1e15", "1e16", "2147483648", "9223372036854775808", "01", "+1", ".5", "1.", "0x10"),
)
_WORDS = (
    *(
        "",
        " ",
        "null",
        "None",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1",
        "0",
        "1_000",
        "1,000",
    ),
    *(" 1 ", "0x10", "\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}", "true", "[]", "{}"),
    *("pending_something", "UNKNOWN", "\0", "a\0b", "\ud800", "\N{PILE OF POO}", "../../x", "%00"),
    *("<html>", "a\nb", "\x1b[2J", "bd1-", "bd1-aaaaaaaaaaaa-12241750-01", "filled", "rejected"),
    *("ok", "error", "Filled", "Rejected", "canceled", "working", "buy", "sell", "short", "long"),
    *("GOOG151224P00750000", "SPY", "GOOG991399P00750000", "9" * 30, "-" * 40, "'; DROP TABLE"),
)
_DATES = (
    *("2015-02-30T17:50:00Z", "0000-00-00", "2015-13-45", "9999-12-31T23:59:59Z", "now"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
    *("2015-12-24", "2015-12-24T17:50:00", "2015-12-24T25:61:61Z", "2015-12-24T17:50:00+99:99"),
    *("2015-12-24T17:50:00.123456789123456Z", "10000-01-01T00:00:00Z", "1450979400"),
    *("2015-12-24T17:50:60Z", "2015-W52-4", "20151224T175000Z", "2015-12-24T17:50:00 UTC"),
    *("-2015-12-24T17:50:00Z", "2015-12-24T17:50:00.Z", "1900-01-01T00:00:00Z"),
)
_KINDS: tuple[Callable[[], Any], ...] = (
    *(lambda: None, lambda: True, lambda: False, lambda: 0, lambda: -1, lambda: 1.5, lambda: ""),
    *(lambda: "null", list, dict, lambda: [None], lambda: [[]], lambda: {"": None}),
    *(lambda: [{}], lambda: "x", lambda: 2**70, lambda: [1, "a", None], lambda: {"0": {}}),
)


@dataclass(slots=True)
class Slot:
    """A place in a tree: a key of an object, or an index of a list."""

    inside: Any
    key: Any

    @property
    def value(self) -> Any:  # noqa: ANN401 - of any JSON
        """What stands there."""
        return self.inside[self.key]

    def put(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Put something else there."""
        self.inside[self.key] = value


def spoiled(rng: Random, body: bytes, borrowed: object) -> tuple[str, bytes]:
    """
    Spoil one place of a JSON body.

    Args:
        rng: chooses.
        body: JSON.
        borrowed: the tree of another answer, which parts may come from.

    Returns:
        what was done, and the new body.
    """
    holder = {"": json.loads(body)}
    slot = chosen(rng, holder)
    name, spoil = rng.choices(_SPOILS, _WEIGHTS)[0]
    spoil(rng, slot, borrowed)
    where = f"{type(slot.inside).__name__}[{slot.key!r}]"
    return f"{name} at {where}", written(holder.get(""))


def written(tree: object) -> bytes:
    """Write a tree, and put what JSON's writer would not write in place of its marks."""
    text = json.dumps(tree)
    if _TWICE in text:
        text = text.replace(f'{_TWICE}"', '"')
    while (start := text.find(f'"{_MARK}')) >= 0:
        end = text.index('"', start + 1)
        text = text[:start] + _raw(text[start + 1 + len(_MARK) : end]) + text[end + 1 :]
    return text.encode()


def chosen(rng: Random, holder: dict[str, Any]) -> Slot:
    """Descend to a place, more often a deep one."""
    slot = Slot(holder, "")
    while isinstance(slot.value, dict | list) and slot.value and rng.random() < 0.87:
        inside = slot.value
        key = rng.choice(list(inside)) if isinstance(inside, dict) else rng.randrange(len(inside))
        slot = Slot(inside, key)
    return slot


def _raw(mark: str) -> str:
    kind, _, rest = mark.partition(":")
    if kind == "deep":
        opens, closes = rest.split("|")
        return opens * _DEEP + "0" + closes * _DEEP
    if kind == "many":
        return f"[{','.join([rest] * _MANY)}]"
    return rest


def _drop(_: Random, slot: Slot, __: object) -> None:
    del slot.inside[slot.key]


def _rename(rng: Random, slot: Slot, _: object) -> None:
    if not isinstance(slot.key, str):
        slot.put(None)
        return
    name = slot.key
    other = rng.choice(
        [name.upper(), name + " ", name.replace("-", "_"), name[:-1], f"{name}s", "x"]
    )
    slot.inside[other] = slot.inside.pop(name)


def _twice(rng: Random, slot: Slot, borrowed: object) -> None:
    if isinstance(slot.inside, list):
        slot.inside.insert(rng.randrange(len(slot.inside) + 1), slot.value)
        return
    value = slot.value if rng.random() < 0.3 else _other(rng, slot.value, borrowed)
    slot.inside[f"{slot.key}{_TWICE}"] = value


def _retype(rng: Random, slot: Slot, _: object) -> None:
    slot.put(rng.choice(_KINDS)())


def _number(rng: Random, slot: Slot, _: object) -> None:
    slot.put(f"{_MARK}number:{rng.choice(_NUMBERS)}")


def _as_text(rng: Random, slot: Slot, _: object) -> None:
    slot.put(rng.choice([*_NUMBERS, str(slot.value), json.dumps(slot.value)]))


def _word(rng: Random, slot: Slot, _: object) -> None:
    slot.put(rng.choice(_WORDS))


def _letters(rng: Random, slot: Slot, _: object) -> None:
    text = slot.value if isinstance(slot.value, str) else str(slot.value)
    at = rng.randrange(len(text) + 1)
    changed = (text[:at], text.swapcase(), text[:at] + "x" + text[at:], text[at:], f" {text} ")
    slot.put(rng.choice(changed))


def _date(rng: Random, slot: Slot, _: object) -> None:
    slot.put(rng.choice(_DATES))


def _sign(rng: Random, slot: Slot, _: object) -> None:
    value = slot.value
    if isinstance(value, str):
        slot.put(value[1:] if value.startswith("-") else f"-{value}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        slot.put(value * rng.choice([-1, -1, 0, 2, 100, 10**18]))
    else:
        _retype(rng, slot, None)


def _wrap(rng: Random, slot: Slot, _: object) -> None:
    value = slot.value
    wraps = ([value], {"data": value}, {"": value}, json.dumps(value), [value, value])
    slot.put(rng.choice(wraps))


def _unwrap(rng: Random, slot: Slot, _: object) -> None:
    value = slot.value
    inner = list(value.values()) if isinstance(value, dict) else value
    slot.put(rng.choice(inner) if isinstance(inner, list) and inner else None)


def _exchange(rng: Random, slot: Slot, _: object) -> None:
    keys = list(slot.inside) if isinstance(slot.inside, dict) else list(range(len(slot.inside)))
    other = rng.choice(keys)
    slot.inside[slot.key], slot.inside[other] = slot.inside[other], slot.inside[slot.key]


def _borrow(rng: Random, slot: Slot, borrowed: object) -> None:
    slot.put(chosen(rng, {"": borrowed}).value)


def _merge(rng: Random, slot: Slot, borrowed: object) -> None:
    """Let an object say what another answer says, too."""
    if isinstance(slot.value, dict) and isinstance(borrowed, dict):
        slot.put({**slot.value, **borrowed} if rng.random() < 0.5 else {**borrowed, **slot.value})
    else:
        _borrow(rng, slot, borrowed)


def _neighbour(rng: Random, slot: Slot, _: object) -> None:
    """Give an item of a list the id, or another field, of its neighbour."""
    items = slot.value if isinstance(slot.value, list) else slot.inside
    if isinstance(items, list) and len(items) > 1 and isinstance(items[0], dict) and items[0]:
        one, other = rng.sample(range(len(items)), 2)
        key = rng.choice(list(items[0]))
        if isinstance(items[one], dict) and isinstance(items[other], dict):
            items[one][key] = items[other].get(key)


def _into_list(rng: Random, slot: Slot, borrowed: object) -> None:
    items = slot.value if isinstance(slot.value, list) else slot.inside
    if not isinstance(items, list):
        _retype(rng, slot, borrowed)
        return
    odd = rng.choice([None, 0, "x", [], {}, {"id": None}, borrowed])
    items.insert(rng.randrange(len(items) + 1), odd)


def _reorder(rng: Random, slot: Slot, _: object) -> None:
    if isinstance(slot.value, list):
        rng.shuffle(slot.value)
    elif isinstance(slot.value, dict):
        pairs = list(slot.value.items())
        rng.shuffle(pairs)
        slot.put(dict(pairs))


def _cut(rng: Random, slot: Slot, _: object) -> None:
    value = slot.value
    slot.put(value[: rng.randrange(len(value) + 1)] if isinstance(value, list | str) else {})


def _deep(rng: Random, slot: Slot, _: object) -> None:
    slot.put(f"{_MARK}deep:{rng.choice(['[|]', '[[|]]'])}")


def _many(rng: Random, slot: Slot, _: object) -> None:
    slot.put(f"{_MARK}many:{rng.choice(['0', '[]', '{}', 'null'])}")


def _long(rng: Random, slot: Slot, _: object) -> None:
    slot.put(rng.choice(["x", "9", " ", "\N{SNOWMAN}"]) * _LONG)


def _other(rng: Random, value: object, borrowed: object) -> object:
    if isinstance(value, dict | list) or rng.random() < 0.5:
        return chosen(rng, {"": borrowed}).value
    return f"{value}0"


_Spoil = Callable[[Random, Slot, object], None]
_TABLE: tuple[tuple[str, float, _Spoil], ...] = (
    ("drop", 10, _drop),
    ("rename", 5, _rename),
    ("twice", 7, _twice),
    ("retype", 12, _retype),
    ("number", 10, _number),
    ("number as text", 7, _as_text),
    ("word", 10, _word),
    ("letters", 8, _letters),
    ("date", 5, _date),
    ("sign", 6, _sign),
    ("wrap", 4, _wrap),
    ("unwrap", 3, _unwrap),
    ("exchange", 4, _exchange),
    ("borrow", 4, _borrow),
    ("merge", 4, _merge),
    ("neighbour", 4, _neighbour),
    ("into a list", 4, _into_list),
    ("reorder", 3, _reorder),
    ("cut", 4, _cut),
    ("deep", 0.2, _deep),
    ("many", 0.1, _many),
    ("long", 0.2, _long),
)
_SPOILS = [(name, spoil) for name, _, spoil in _TABLE]
_WEIGHTS = [weight for _, weight, _ in _TABLE]

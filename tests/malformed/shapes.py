"""Whether a value is what its type says, all the way down."""

import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

from botd.brokers.port import Broker
from botd.domain.orders import FINAL_REPORT_STATES, OrderReport, ReportState
from botd.errors import Refusal

_LONGEST = 2_000  # characters of a broker's words
_LARGEST = Decimal(10) ** 18


@lru_cache
def promised(call: str) -> object:
    """Tell what a call of the port promises to return."""
    return typing.get_type_hints(getattr(Broker, call))["return"]


def faults(value: object, kind: object, path: str = "value") -> Iterator[str]:
    """Give every place where *value* is not of its type, or says what cannot be."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        if not any(_fits(value, each) for each in inner):
            yield f"{path}: {value!r} is no {kind}"
            return
        kind = next(each for each in inner if _fits(value, each))
        yield from faults(value, kind, path)
    elif origin is tuple:
        yield from _of_many(value, inner[0], tuple, path)
    elif origin is frozenset:
        yield from _of_many(value, inner[0], frozenset, path)
    elif origin in {dict, typing.get_origin(typing.Mapping[str, str])}:
        yield from _of_mapping(value, inner[1], path)
    elif not _fits(value, kind):
        yield f"{path}: {value!r} is no {kind}"
    else:
        yield from _of_one(value, path)


def _of_many(value: object, kind: object, outer: type, path: str) -> Iterator[str]:
    if not isinstance(value, outer):
        yield f"{path}: {type(value).__name__} is no {outer.__name__}"
        return
    for number, each in enumerate(typing.cast("tuple[object, ...]", value)):
        yield from faults(each, kind, f"{path}[{number}]")


def _of_mapping(value: object, kind: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {type(value).__name__} is no mapping"
        return
    for key, each in value.items():
        if not isinstance(key, str):
            yield f"{path}: the key {key!r} is no text"
        yield from faults(each, kind, f"{path}[{key!r}]")


def _of_one(value: object, path: str) -> Iterator[str]:
    if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
        yield f"{path}: {value!r} is not UTC"
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value) <= _LARGEST):
        yield f"{path}: {value!r} is no amount"
    if isinstance(value, str) and not _can_be_kept(value):
        yield f"{path}: {value!r} cannot be kept"
    if is_dataclass(value) and not isinstance(value, type):
        kinds = _hints(type(value))
        for each in fields(value):
            inner = getattr(value, each.name)
            yield from faults(inner, kinds[each.name], f"{path}.{each.name}")
        if isinstance(value, OrderReport):
            yield from _of_report(value, path)
        if isinstance(value, Refusal) and len(value.message) > _LONGEST:
            yield f"{path}: {len(value.message)} characters of words"


def _can_be_kept(words: str) -> bool:
    """Tell whether a database takes words."""
    return "\0" not in words and not any("\ud800" <= letter <= "\udfff" for letter in words)


def _of_report(report: OrderReport, path: str) -> Iterator[str]:
    if not report.legs or any(not leg.quantity for leg in report.legs):
        yield f"{path}: an order for nothing"
    if report.units < 1 or not 0 <= report.filled_units <= report.units:
        yield f"{path}: {report.filled_units} of {report.units} filled"
    if report.state is ReportState.FILLED and report.filled_units != report.units:
        yield f"{path}: filled, but {report.filled_units} of {report.units}"
    told = sum(fill.units for fill in report.fills)
    if told > report.filled_units or any(fill.units < 1 for fill in report.fills):
        yield f"{path}: fills of {told} where {report.filled_units} filled"
    if (report.state is ReportState.REJECTED) is (report.refusal is None):
        yield f"{path}: {report.state} with the refusal {report.refusal!r}"
    if report.is_final is not (report.state in FINAL_REPORT_STATES):
        yield f"{path}: {report.state} is final or not"


def _fits(value: object, kind: Any) -> bool:  # noqa: ANN401 - any annotation
    if kind is None or kind is type(None):
        return value is None
    if typing.get_origin(kind) is not None:
        return isinstance(value, typing.get_origin(kind))
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return isinstance(value, kind)
    return isinstance(value, kind)


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)

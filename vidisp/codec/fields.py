"""Reading untrusted JSON objects: each getter returns what it says or raises `RecordError`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from vidisp.errors import InputError

MAX_INT = 2**53
MAX_TEXT = 4096
T = TypeVar("T")


class RecordError(InputError):
    """A recovery record is damaged, of a version unknown here, or says things that make no sense."""


class Fields:
    """One JSON object, field by field."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, Mapping):
            raise RecordError("a part of the recovery record is not an object")
        self._values = values

    def _get(self, key: str, kind: type[T] | tuple[type, ...]) -> T:
        value = self._values.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RecordError(f"the recovery record's field {key!r} is missing or of the wrong kind")
        return value  # type: ignore[return-value]

    def optional(self, key: str, getter: Callable[[str], T]) -> T | None:
        return None if self._values.get(key) is None else getter(key)

    def flag(self, key: str) -> bool:
        return self._get(key, bool)

    def integer(self, key: str, smallest: int = 0) -> int:
        value: int = self._get(key, int)
        if not smallest <= value <= MAX_INT:
            raise RecordError(f"the recovery record's field {key!r} is out of range")
        return value

    def number(self, key: str) -> float:
        return _finite(key, self._get(key, (int, float)))

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        values: list[Any] = self._get(key, list)
        if len(values) != count or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
            raise RecordError(f"the recovery record's field {key!r} is not {count} numbers")
        return tuple(_finite(key, value) for value in values)

    def text(self, key: str) -> str:
        value: str = self._get(key, str)
        if len(value) > MAX_TEXT:
            raise RecordError(f"the recovery record's field {key!r} is longer than {MAX_TEXT} characters")
        return value

    def hex(self, key: str, digits: int) -> str:
        value = self.text(key)
        if len(value) != digits or not set(value) <= set("0123456789abcdef"):
            raise RecordError(f"the recovery record's field {key!r} is not {digits} hex digits")
        return value

    def rate(self, key: str) -> Fraction:
        values: list[Any] = self._get(key, list)
        if len(values) != 2 or any(type(v) is not int or not 0 < v < 2**31 for v in values):
            raise RecordError(f"the recovery record's field {key!r} is no frame rate")
        return Fraction(*values)

    def mapping(self, key: str) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self._get(key, dict)
        return value

    def mappings(self, key: str) -> tuple[Mapping[str, Any], ...]:
        values: list[Any] = self._get(key, list)
        if not all(isinstance(value, dict) for value in values):
            raise RecordError(f"the recovery record's field {key!r} is not a list of objects")
        return tuple(values)


def _finite(key: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RecordError(f"the recovery record's field {key!r} is not a finite number")
    return number

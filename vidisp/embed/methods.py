"""The methods there are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vidisp.embed.iicnet.method import IICNet
from vidisp.embed.method import Method
from vidisp.embed.payload import Payload
from vidisp.errors import NotRecoverableError, UsageError

METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in (Payload(), IICNet())})


def choose_method(name: str) -> Method:
    """The method of that name; "auto" is the one that measures best, which is `payload` for every task and kind of file
    (`pipelines/benchmark/embedding.py`). `iicnet` is for JPEG that will be saved again."""
    return METHODS["payload"] if name == "auto" else _find(name, UsageError)


def method_of(name: str) -> Method:
    """The method that a header names. Raises: NotRecoverableError if it is not known here."""
    return _find(name, NotRecoverableError)


def _find(name: str, error: type[UsageError] | type[NotRecoverableError]) -> Method:
    if name not in METHODS:
        raise error(f"there is no method {name!r}", hint=f"known are {', '.join(METHODS)}")
    return METHODS[name]

"""vidisp: film RAW, publish an ordinary video, get the RAW back.

    import vidisp
    vidisp.render("clip_raw/", "out.mp4")
    vidisp.recover("out.mp4", "raw_frames/")

Importing this package is light; torch and the codecs load with the first call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidisp.metrics.report import evaluate_clips as evaluate
    from vidisp.stream.probe import probe
    from vidisp.stream.recover import recover
    from vidisp.stream.render import render

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate", "probe", "recover", "render"]

_HOMES = {
    "evaluate": ("vidisp.metrics.report", "evaluate_clips"),
    "probe": ("vidisp.stream.probe", "probe"),
    "recover": ("vidisp.stream.recover", "recover"),
    "render": ("vidisp.stream.render", "render"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)

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
    from vidisp.embed.embed import embed_dual, embed_gif, embed_layers, embed_stereo, hide
    from vidisp.embed.extract import extract
    from vidisp.metrics.evaluate import evaluate
    from vidisp.reporting.build import report
    from vidisp.stills.entry import probe, recover, render

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "embed_dual",
    "embed_gif",
    "embed_layers",
    "embed_stereo",
    "evaluate",
    "extract",
    "hide",
    "probe",
    "recover",
    "render",
    "report",
]

_HOMES = {
    "embed_dual": ("vidisp.embed.embed", "embed_dual"),
    "embed_gif": ("vidisp.embed.embed", "embed_gif"),
    "embed_layers": ("vidisp.embed.embed", "embed_layers"),
    "embed_stereo": ("vidisp.embed.embed", "embed_stereo"),
    "extract": ("vidisp.embed.extract", "extract"),
    "hide": ("vidisp.embed.embed", "hide"),
    "evaluate": ("vidisp.metrics.evaluate", "evaluate"),
    "probe": ("vidisp.stills.entry", "probe"),
    "recover": ("vidisp.stills.entry", "recover"),
    "render": ("vidisp.stills.entry", "render"),
    "report": ("vidisp.reporting.build", "report"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)

"""`vidisp.embed_gif` and the other conversions: pictures into a still that looks like one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import numpy as np

from vidisp.atomic import atomic_output
from vidisp.embed.canvas import Canvas
from vidisp.embed.conversion import Conversion, hiding, layers, sequence, views
from vidisp.embed.extract import restore
from vidisp.embed.fidelity import decibels, mean_squared_error, restored_psnr
from vidisp.embed.files.pictures import read_alike, read_frames, read_picture, read_transparent
from vidisp.embed.files.still import StillFormat, open_still, save_still
from vidisp.embed.header import Header, reserve, write_copies
from vidisp.embed.methods import choose_method
from vidisp.embed.results import EmbedResult
from vidisp.errors import InputError, OutputError, UsageError
from vidisp.stream.options import check_output

AnyPath = str | Path
_LOWEST, _HIGHEST = 20, 70
"""dB that a still may be wished to have."""


class Options(TypedDict, total=False):
    """What all conversions take.

    Args:
        method: "payload", exact to the byte as long as the file is kept; "iicnet", a network, whose JPEG stills may be
            saved again at their quality or a better one, in 4:4:4; "auto" (default) for the one that measures best,
            which is "payload".
        still_psnr: what the still must reach against what it should look like, in dB; None (default): as much as what
            comes back. Not by "iicnet".
        quality: of a JPEG, 1 to 100 (default: 90); by "iicnet", 90 or 75.
        overwrite: replace an output that is there.
    """

    method: Literal["auto", "payload", "iicnet"]
    still_psnr: float | None
    quality: int | None
    overwrite: bool


def embed_gif(
    source: AnyPath, output: AnyPath, *, frames: str | None = None, **options: Unpack[Options]
) -> EmbedResult:
    """A clip of 2 to 16 frames in a still that looks like its middle frame.

    Args:
        source: a folder of pictures, taken by name, a GIF, or a video.
        output: the still, .png or .jpg.
        frames: "A:B", indices of the clip's frames, end excluded.
        options: see `Options`.

    Raises:
        UsageError, InputError, OutputError: see `vidisp.errors`; this goes for all conversions.
    """
    job = _Job([source], output, options)
    clip = read_frames(Path(source), frames)
    return job.run(sequence(clip.pictures, clip.durations), clip.profile)


def embed_stereo(left: AnyPath, right: AnyPath, output: AnyPath, **options: Unpack[Options]) -> EmbedResult:
    """A stereo pair in a still that looks like its left picture."""
    return _embed_views("stereo", left, right, output, options)


def embed_dual(first: AnyPath, second: AnyPath, output: AnyPath, **options: Unpack[Options]) -> EmbedResult:
    """Two views, such as of the two cameras of a phone, in a still that looks like the first."""
    return _embed_views("dual", first, second, output, options)


def hide(cover: AnyPath, secrets: Sequence[AnyPath], output: AnyPath, **options: Unpack[Options]) -> EmbedResult:
    """Pictures, 16 at most, in a still that looks like their cover. The cover does not come back."""
    job = _Job([cover, *secrets], output, options)
    seen, *hidden = read_alike([Path(path) for path in (cover, *secrets)])
    return job.run(hiding(seen.rgb, [secret.rgb for secret in hidden]), seen.profile)


def embed_layers(foreground: AnyPath, background: AnyPath, output: AnyPath, **options: Unpack[Options]) -> EmbedResult:
    """A foreground with transparency and a background in a still that looks like their composition."""
    job = _Job([foreground, background], output, options)
    front, back = read_transparent(Path(foreground)), read_picture(Path(background))
    if front.alpha is None:
        raise InputError("is not transparent anywhere", path=foreground, hint="a foreground needs an alpha channel")
    if front.rgb.shape != back.rgb.shape:
        sizes = "{1}x{0}, the background {3}x{2}".format(*front.rgb.shape[:2], *back.rgb.shape[:2])
        raise InputError(f"is {sizes}", path=foreground, hint="both must be of one size")
    return job.run(layers(front.rgb, front.alpha, back.rgb), back.profile)


def _embed_views(
    task: Literal["stereo", "dual"], first: AnyPath, second: AnyPath, output: AnyPath, options: Options
) -> EmbedResult:
    job = _Job([first, second], output, options)
    pictures = read_alike([Path(first), Path(second)])
    return job.run(views(task, *(picture.rgb for picture in pictures)), pictures[0].profile)


class _Job:
    """Writing one still. What is wrong with the request is found before anything is read."""

    def __init__(self, inputs: Sequence[AnyPath], output: AnyPath, options: Options) -> None:
        self._output, self._wish = Path(output), options.get("still_psnr")
        self._format = StillFormat.of(self._output, options.get("quality"))
        self._method = choose_method(options.get("method", "auto"))
        if self._wish is not None and not self._method.chooses_still:
            what = f"how good a still is cannot be chosen with the method {self._method.name}"
            raise UsageError(what, hint="leave --still-psnr away, or take --method payload")
        if self._wish is not None and not _LOWEST <= self._wish <= _HIGHEST:
            raise UsageError(f"a still of {self._wish:g} dB is out of range", hint=f"from {_LOWEST} to {_HIGHEST}")
        check_output(self._output, overwrite=options.get("overwrite", False), resume=False)
        if any(Path(path).resolve() == self._output.resolve() for path in inputs):
            raise OutputError("is one of the pictures to embed", path=self._output, hint="choose another name")

    def run(self, conversion: Conversion, profile: bytes | None) -> EmbedResult:
        """The file has its name only when it was read again and what it holds has come back."""
        embedded = self._method.embed(conversion, self._canvas, self._wish)
        header = Header(self._method.name, conversion.facts, embedded.own, embedded.canvas.size)
        if self._method.in_slots:
            write_copies(embedded.canvas, header)
        with atomic_output(self._output) as temporary:
            save_still(temporary, embedded.canvas, header, profile)
            still = open_still(temporary)
            restored = restore(still, temporary)
            size = temporary.stat().st_size
        width, height = conversion.facts.size
        shown = decibels(mean_squared_error(conversion.reference, still.canvas.picture()[:height, :width]))
        came_back = restored_psnr(conversion, restored)
        return EmbedResult(self._output, size, self._method.name, conversion.facts, shown, came_back)

    def _canvas(self, picture: np.ndarray) -> Canvas:
        canvas = self._format.canvas(picture)
        return reserve(canvas) if self._method.in_slots else canvas

"""The codec in the loop: a rendered batch as its decoder gives it back, with a gradient, and what it cost."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, get_args

import torch
from samples import Batch
from torch import Tensor

from vidisp.codec import FORMATS
from vidisp.codec.jpeg import Components, adapt, table_step
from vidisp.codec.jpeg.adaptive import block_offsets
from vidisp.codec.jpeg.tables import step_of_quality
from vidisp.codec.quantiser import frame_step, implied_step
from vidisp.codec.simulate.h26x import BLOCK, Coding, from_pictures, moved, pictures, quantised, straight_through
from vidisp.codec.simulate.jpeg import fourier_rounding, hard_rounding, jpeg_plane
from vidisp.codec.simulate.loop import code
from vidisp.isp.sensitivity import quantiser_offsets

Loop = Literal["real", "straight", "simulated", "none"]
"""What stands for the codec: itself, with the gradient of what survives its quantiser; itself, with the gradient of
none (straight through); arithmetic, with Fourier's rounding for JPEG; nothing, and only the rate is priced."""
LOOPS: tuple[Loop, ...] = get_args(Loop)
PRESETS = {"h264": "faster", "hevc-10": "superfast"}
_DOUBLING = 6  # quantisers in a doubling of the step


class Coded(NamedTuple):
    """Attributes:
    planes: (B*T, 6, h, w) decoded code values.
    steps: (B*T,) each frame's quantiser step, as its record says.
    proxy: bits, with a gradient. bits: the codec's own count, 0 where there is none.
    """

    planes: Tensor
    steps: Tensor
    proxy: Tensor
    bits: int


def implied(batch: Batch) -> float:
    """The step that the batch's setting implies, in codes of eight bits."""
    return float(step_of_quality(int(batch.crf))) if batch.is_still else implied_step(FORMATS[batch.codec], batch.crf)


def through_codec(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """Code values (B*T, 6, h, w), rounded, coded and decoded."""
    whole = planes + (planes.round() - planes).detach()
    return _through_jpeg(whole, batch, loop) if batch.is_still else _through_video(whole, batch, loop)


def _through_video(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """The encoder, or one without an encoder; both round more finely where a code is much RAW."""
    fmt, unit = FORMATS[batch.codec], batch.unit
    clips = planes.unflatten(0, (batch.clips, batch.frames))
    offsets = quantiser_offsets(batch.look, planes.detach(), level=batch.level).unflatten(0, clips.shape[:2])
    steps = torch.full((batch.frames,), implied(batch), device=planes.device)
    seen, past, bits = clips.detach(), clips.detach(), 0
    if loop in ("real", "straight"):
        coded = code(seen, batch.codec, batch.crf, PRESETS[batch.codec], offsets)
        steps = steps.new_tensor([frame_step(fmt, q) or implied(batch) for q in coded.quantisers.tolist()])
        seen, past, bits = coded.planes, coded.planes, coded.bits
    past = _before(past / unit, batch)
    coding = Coding(clips / unit, past, _local(steps, offsets))
    if loop == "simulated":
        decoded = quantised(clips / unit, past, coding.steps) * unit
    else:
        decoded = _with_gradient(clips / unit, seen / unit, coding, loop) * unit
    return Coded(decoded.flatten(0, 1), steps.repeat(batch.clips), coding.bits(), bits)


def _through_jpeg(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """Baseline coding is its arithmetic: DCT, rounding by each block's own step, and back; or Fourier's rounding."""
    step, stills = int(implied(batch)), planes[:, None]
    offsets = quantiser_offsets(batch.look, planes.detach(), level=batch.level)[:, None]
    local = _local(torch.full((1,), float(step), device=planes.device), block_offsets(offsets, step))
    coding = Coding(stills, stills[:, :0], local)
    if loop == "simulated":
        tables = local.repeat_interleave(2, -1).repeat_interleave(2, -2), local.repeat_interleave(2, 0)
        parts = zip(pictures(stills), tables, strict=True)
        decoded = from_pictures(*(jpeg_plane(part, t[..., None, None], fourier_rounding) for part, t in parts))
        decoded = decoded + (decoded.round() - decoded).detach()
    else:
        seen = stills.detach() if loop == "none" else _as_decoded(stills.detach(), offsets, step)
        decoded = _with_gradient(stills, seen, coding, loop)
    steps = torch.full((len(planes),), float(step), device=planes.device)
    return Coded(decoded[:, 0], steps, coding.bits(), 0)


def _as_decoded(stills: Tensor, offsets: Tensor, step: int) -> Tensor:
    """(N, 1, 6, h, w) as vidisp's JPEG files give them back; entropy coding loses nothing and is left out."""
    luma, chroma = (part[:, 0].round().to("cpu", torch.uint8).numpy() for part in pictures(stills))
    table = torch.full((BLOCK, BLOCK), float(table_step(step)))
    decoded = []
    for y, (u, v), wanted in zip(luma, chroma, offsets[:, 0].cpu().numpy(), strict=True):
        planes = adapt(Components(y, u, v), wanted, step).planes
        decoded.append([jpeg_plane(torch.from_numpy(p).float(), table, hard_rounding).round() for p in planes])
    y, u, v = (torch.stack(plane)[:, None] for plane in zip(*decoded, strict=True))
    return from_pictures(y, torch.stack([u, v], dim=2)).to(stills.device)


def _with_gradient(planes: Tensor, decoded: Tensor, coding: Coding, loop: Loop) -> Tensor:
    return straight_through(planes, decoded, coding) if loop == "real" else decoded + (planes - planes.detach())


def _local(steps: Tensor, offsets: Tensor) -> Tensor:
    """(B, T, rows, columns) steps of blocks, of each frame's (T,) and the blocks' offsets."""
    return steps.reshape(1, -1, 1, 1) * torch.exp(offsets * (math.log(2) / _DOUBLING))


def _before(decoded: Tensor, batch: Batch) -> Tensor:
    """For every frame but the first, the decoded one before it, moved as the scene moved."""
    return moved(decoded[:, :-1], *batch.speed)

"""The real encoder and decoder on planes in memory, for training with the codec in the loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
import torch
from av.video.codeccontext import VideoCodecContext
from einops import rearrange
from torch import Tensor

from vidisp.codec.encoders import EncoderSettings, configure, encoder_options, reported_quantiser
from vidisp.codec.formats import FORMATS
from vidisp.codec.frames import from_frame, to_frame
from vidisp.codec.planes import YUV
from vidisp.codec.regions import RegionMarker


@dataclass(frozen=True)
class Coded:
    """What a codec made of a batch of clips.

    Attributes:
        planes: (B, T, 6, h, w) decoded code values.
        quantisers: (T,) each frame's mean quantiser on the codec's own scale, NaN if it gives none.
        bits: of the whole batch.
    """

    planes: Tensor
    quantisers: Tensor
    bits: int


def code(planes: Tensor, name: str, crf: float, preset: str, offsets: Tensor | None = None) -> Coded:
    """Encode and decode (B, T, 6, h, w) whole code values, RGGB, with the settings that vidisp renders with.

    The clips stand side by side in one picture, so that a batch is one short video. `offsets` (B, T, h/8, w/8) of the
    quantiser are for blocks of 16 samples of luma.
    """
    clips = planes.shape[0]
    columns = next(c for c in range(int(clips**0.5), 0, -1) if clips % c == 0)
    luma = rearrange(planes[:, :, :4], "(r c) t (a b) h w -> t (r h a) (c w b)", c=columns, a=2)
    chroma = rearrange(planes[:, :, 4:], "(r c) t k h w -> t k (r h) (c w)", c=columns)
    pictures = _pictures(luma, chroma, FORMATS[name].bits)
    wanted = [None] * len(pictures) if offsets is None else list(_side_by_side(offsets, columns))
    decoded, quantisers, size = _round_trip(pictures, wanted, name, crf, preset)
    y = torch.stack([torch.from_numpy(p.y.astype(np.float32)) for p in decoded])
    uv = torch.stack([torch.from_numpy(np.stack([p.u, p.v]).astype(np.float32)) for p in decoded])
    h, w = planes.shape[-2:]
    back = rearrange(y, "t (r h a) (c w b) -> (r c) t (a b) h w", c=columns, a=2, b=2, h=h, w=w)
    back_uv = rearrange(uv, "t k (r h) (c w) -> (r c) t k h w", c=columns, h=h, w=w)
    return Coded(torch.cat([back, back_uv], dim=2).to(planes.device), quantisers, 8 * size)


def _pictures(luma: Tensor, chroma: Tensor, bits: int) -> list[YUV]:
    kind = np.uint8 if bits == 8 else np.uint16
    y, uv = (x.detach().round().cpu().numpy().astype(kind) for x in (luma, chroma))
    return [YUV(frame, u, v) for frame, (u, v) in zip(y, uv, strict=True)]


def _side_by_side(offsets: Tensor, columns: int) -> np.ndarray:
    tiled = rearrange(offsets, "(r c) t h w -> t (r h) (c w)", c=columns)
    return np.asarray(tiled.to("cpu", torch.int8).numpy())


def _round_trip(
    pictures: list[YUV], offsets: Sequence[np.ndarray | None], name: str, crf: float, preset: str
) -> tuple[list[YUV], Tensor, int]:
    fmt = FORMATS[name]
    settings = EncoderSettings(fmt, crf, preset, pictures[0].width, pictures[0].height, Fraction(24), 1)
    encoder = cast(VideoCodecContext, av.CodecContext.create(fmt.encoder, "w"))
    configure(encoder, settings)
    encoder.options = encoder_options(settings)
    packets = []
    marker = RegionMarker(settings.width, settings.height, fmt.pix_fmt)
    for i, (picture, wanted) in enumerate(zip(pictures, offsets, strict=True)):
        frame = to_frame(picture, fmt.pix_fmt, i, 1 / settings.fps)
        packets += encoder.encode(frame if wanted is None else marker.mark(frame, wanted))
    packets += encoder.encode(None)
    decoder = cast(VideoCodecContext, av.CodecContext.create(fmt.codec, "r"))
    decoder.extradata, decoder.thread_count = encoder.extradata, 1
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    frames.sort(key=lambda frame: cast(int, frame.pts))
    quantisers = torch.full((len(pictures),), torch.nan)
    for packet in packets:
        quantiser = reported_quantiser(packet)
        if quantiser is not None:
            quantisers[packet.pts] = quantiser
    return [from_frame(frame) for frame in frames], quantisers, sum(packet.size for packet in packets)

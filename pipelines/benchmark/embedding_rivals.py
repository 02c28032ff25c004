"""The trivial rivals of embedding: all frames in one picture, smaller; and a video beside the picture in its file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from PIL import Image

_CRF = 17


def tiled(pictures: Sequence[np.ndarray], quality: int) -> tuple[int, list[np.ndarray]]:
    """Pictures side by side, shrunk into the size of one, as a JPEG of a quality: its bytes, and the tiles enlarged."""
    height, width = pictures[0].shape[:2]
    side = int(np.ceil(np.sqrt(len(pictures))))
    sheet = Image.new("RGB", (width, height))
    boxes = [
        (
            width * (n % side) // side,
            height * (n // side) // side,
            width * (n % side + 1) // side,
            height * (n // side + 1) // side,
        )
        for n in range(len(pictures))
    ]
    for picture, box in zip(pictures, boxes, strict=True):
        sheet.paste(Image.fromarray(picture).resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS), box)
    data, decoded = _jpeg(sheet, quality)
    back = [np.asarray(decoded.resize((width, height), Image.Resampling.BICUBIC, box)) for box in boxes]
    return data, back


def appended(
    pictures: Sequence[np.ndarray], reference: np.ndarray, quality: int | None
) -> tuple[int, np.ndarray, list[np.ndarray]]:
    """The reference as a PNG or a JPEG with an MP4 (H.264 4:2:0, crf 17) in an ancillary chunk: bytes, still, frames.

    Any program that saves the picture again drops the chunk.
    """
    video, back = _mp4(pictures)
    if quality is None:
        with io.BytesIO() as file:
            Image.fromarray(reference).save(file, "PNG")
            return video + file.tell(), reference, back
    size, still = _jpeg(Image.fromarray(reference), quality)
    return video + size, np.asarray(still), back


def _jpeg(image: Image.Image, quality: int) -> tuple[int, Image.Image]:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=0)
    return file.tell(), Image.open(file).convert("RGB")


def _mp4(pictures: Sequence[np.ndarray]) -> tuple[int, list[np.ndarray]]:
    height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=Fraction(25), options={"crf": str(_CRF), "preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            output.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), "rgb24"))
            )
        output.mux(stream.encode(None))
    size = file.tell()
    file.seek(0)
    with av.open(file) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    pad = [(0, pictures[0].shape[0] - height), (0, pictures[0].shape[1] - width), (0, 0)]
    return size, [np.pad(frame, pad, mode="edge") for frame in frames]

"""Frames of a video file or of a folder of pictures as they are shown: RGB of 8 bits, upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation
from PIL import Image, ImageOps

from vidisp.metrics.sources import PictureFiles, Source

UNSPECIFIED = 2
"""FFmpeg's AVCOL_SPC_UNSPECIFIED."""
HIGH_DEFINITION = 576
"""Lines above which a video that does not state its colours is taken for BT.709, as players do."""

CAREFUL = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


def decoded(source: Source, numbers: Sequence[int]) -> Iterator[np.ndarray]:
    """The frames of these numbers, increasing, as (H, W, 3) uint8. A video is decoded up to the last of them."""
    if isinstance(source, PictureFiles):
        for number in numbers:
            with Image.open(source.files[number]) as image:
                yield np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        return
    wanted = set(numbers)
    with av.open(str(source.path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield shown(frame)
            if number == numbers[-1]:
                return


def shown(frame: av.VideoFrame) -> np.ndarray:
    """A decoded frame as a player shows it: in its own colour space, or the customary one, and turned upright."""
    unspecified = frame.colorspace == UNSPECIFIED and frame.height > HIGH_DEFINITION
    image = frame.reformat(
        format="rgb24", src_colorspace=Colorspace.ITU709 if unspecified else None, interpolation=CAREFUL
    )
    return np.ascontiguousarray(np.rot90(image.to_ndarray(), round(frame.rotation / 90)))

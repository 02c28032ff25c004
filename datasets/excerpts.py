"""A few consecutive frames of an ordinary video as RGB: by decord where it is installed, by PyAV otherwise.

Both convert with the same library (FFmpeg's swscale) and give the same numbers; decord finds a frame in the middle
of a video without decoding all that comes before it.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np

from vidisp.errors import InputError

try:
    import decord
except ImportError:  # it has no wheels for most platforms
    decord = None


def read_excerpt(path: Path, start: int, frames: int) -> np.ndarray:
    """Frames start, start + 1, ... of a video: (frames, h, w, 3) uint8, in R'G'B' of its own primaries.

    Raises:
        InputError: not a video, or it ends before.
    """
    return (with_pyav if decord is None else with_decord)(path, start, frames)


def with_pyav(path: Path, start: int, frames: int) -> np.ndarray:
    """Decodes from the beginning: exact in every container. Reads pictures too."""
    try:
        with av.open(path) as container:
            wanted = islice(container.decode(video=0), start, start + frames)
            found = [frame.to_ndarray(format="rgb24") for frame in wanted]
    except (OSError, av.FFmpegError, IndexError) as error:
        raise InputError("is not a video that can be read", path=path) from error
    if len(found) < frames:
        raise _too_short(path, start, frames)
    return np.stack(found)


def with_decord(path: Path, start: int, frames: int) -> np.ndarray:
    try:
        reader = decord.VideoReader(str(path), num_threads=1)
    except (RuntimeError, decord.DECORDError) as error:
        raise InputError("is not a video that can be read", path=path) from error
    if len(reader) < start + frames:
        raise _too_short(path, start, frames)
    return np.asarray(reader.get_batch(range(start, start + frames)).asnumpy())


def _too_short(path: Path, start: int, frames: int) -> InputError:
    return InputError(f"ends before frame {start + frames - 1}", path=path)

"""Small clips in every format, and an independent FFmpeg that does to them what people do to videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg
import imageio_ffmpeg
import numpy as np

from vidisp.codec import FORMATS, YUV, ClipRecord, EncoderSettings, FrameRecord, SegmentEncoder, join_segments
from vidisp.raw.frame import Sensor

WIDTH, HEIGHT = 96, 64
FPS = Fraction(24000, 1001)


@dataclass(frozen=True)
class Made:
    """A video that was made for a test, with what went into it."""

    path: Path
    parts: tuple[Path, ...]
    clip: ClipRecord
    settings: EncoderSettings
    pictures: tuple[YUV, ...]


def a_sensor(width: int = WIDTH, height: int = HEIGHT) -> Sensor:
    matrix = (0.8, -0.2, -0.1, -0.4, 1.2, 0.2, -0.1, 0.2, 0.6)
    return Sensor(width, height, "GRBG", (64, 64, 63.5, 64), 1023, (0.5, 1, 0.625), matrix, noise=(1e-3, 1e-6))


def a_clip(format: str = "h264", frames: int = 10, segment_length: int = 5, **changes: Any) -> ClipRecord:
    fmt = FORMATS[format]
    clip = ClipRecord(
        clip_id="00112233aabbccdd",
        producer="0.1.0",
        model="lift-1",
        sensor=a_sensor(),
        format=format,
        crf=fmt.default_crf,
        preset=fmt.presets[0],
        fps=FPS,
        frames=frames,
        segment_length=segment_length,
        look={"ev": 1.5, "matrix": [1, 0, 0]},
        name="A001 ✓",
        tags=({"code": 306, "dtype": 2, "value": "2024:01:01 00:00:00"},),
    )
    return replace(clip, **changes)


def a_picture(index: int, bits: int, seed: int = 0) -> YUV:
    """A textured picture that moves with `index`, with fresh noise, within the limited range."""
    rng = np.random.default_rng(seed)
    texture = rng.integers(40, 200, (20, 30)).repeat(8, 0).repeat(8, 1)
    noise = np.random.default_rng((seed, index))
    scale, dtype = (1, np.uint8) if bits == 8 else (4, np.uint16)

    def plane(height: int, width: int) -> np.ndarray:
        moved = texture[index : index + height, 2 * index : 2 * index + width] * scale
        return (moved + noise.integers(0, 4 * scale, moved.shape)).astype(dtype)

    return YUV(plane(HEIGHT, WIDTH), plane(HEIGHT // 2, WIDTH // 2), plane(HEIGHT // 2, WIDTH // 2))


def make(
    folder: Path,
    format: str = "h264",
    suffix: str = ".mp4",
    lengths: Sequence[int] = (5, 4, 1),
    seed: int = 0,
    preset: str | None = None,
    changes: dict[str, Any] | None = None,
    **joining: Any,
) -> Made:
    """Encode segments of the given lengths and join them."""
    folder.mkdir(parents=True, exist_ok=True)
    clip = replace(a_clip(format, sum(lengths), lengths[0]), **(changes or {}))
    fmt = FORMATS[format]
    settings = EncoderSettings(fmt, clip.crf, preset or clip.preset, WIDTH, HEIGHT, clip.fps, threads=1)
    pictures = tuple(a_picture(i, fmt.bits, seed) for i in range(sum(lengths)))
    parts, index = [], 0
    for segment, length in enumerate(lengths):
        parts.append(folder / f"{segment}.part")
        with SegmentEncoder(parts[-1], settings, clip) as encoder:
            for position in range(length):
                record = FrameRecord(index, 1000 + index, segment, position, changes={"iso": 100 + index})
                encoder.write(pictures[index], record)
                index += 1
    path = folder / f"clip{suffix}"
    join_segments(parts, path, settings, clip, **joining)
    return Made(path, tuple(parts), clip, settings, pictures)


def run_ffmpeg(source: Path | str, target: Path, before: dict[str, Any] | None = None, **options: Any) -> Path:
    """`ffmpeg BEFORE -i source OPTIONS target` with a binary that is not PyAV's."""
    stream = ffmpeg.output(ffmpeg.input(str(source), **(before or {})), str(target), **options)
    ffmpeg.run(ffmpeg.overwrite_output(stream), cmd=imageio_ffmpeg.get_ffmpeg_exe(), capture_stderr=True, quiet=True)
    return target


def rewrite(source: Path, target: Path, change: Callable[[int, bytes], bytes | None]) -> Path:
    """Copy the video packet by packet; `change` gives each one's new bytes, None leaves it out."""
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        video = before.streams.video[0]
        copy = after.add_stream_from_template(video, opaque=True)
        after.metadata.update(before.metadata)
        packets = (p for p in before.demux(video) if p.size)
        for i, packet in enumerate(packets):
            data = change(i, bytes(packet))
            if data is not None:
                new = av.Packet(data)
                new.pts, new.dts, new.duration = packet.pts, packet.dts, packet.duration
                new.time_base, new.is_keyframe, new.stream = packet.time_base, packet.is_keyframe, copy
                after.mux(new)
    return target


def decode_parts(parts: Sequence[Path]) -> list[YUV]:
    """What the encoder's own bitstream decodes to, before anything was joined."""
    from vidisp.codec.frames import from_frame

    found: list[YUV] = []
    for part in parts:
        with av.open(str(part)) as source:
            found += [from_frame(frame) for frame in source.decode(video=0)]
    return found

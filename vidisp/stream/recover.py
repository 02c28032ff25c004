"""Video to RAW frames: decoder, inverse model and parallel writing overlap; the folder appears when it is whole."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import torch

from vidisp.codec import ClipRecord, DecodedFrame, State, VideoReader, open_video
from vidisp.errors import InterruptedRun, UsageError
from vidisp.isp import Look
from vidisp.raw import RawFrame
from vidisp.stream.developer import Developer, Device, Negative, halving, pick_chunk, pick_device
from vidisp.stream.frames_out import FileFormat, FrameWriter, describe, frame_number
from vidisp.stream.journal import Journal, inputs_digest
from vidisp.stream.options import check_output, frame_range, replace_folder
from vidisp.stream.progress import Meter, Reporter
from vidisp.stream.sidecar import read_sidecar
from vidisp.stream.stages import background, batched, parallel_map

_WRITERS = 2
_FRAMES_AHEAD = 4


@dataclass(frozen=True)
class RecoverResult:
    """What a recovery did. `approximate` are the numbers of frames that a trim or a re-encode has changed; `damage`
    says what is wrong with the video, if frames of it are lost."""

    output: Path
    frames: int
    bytes: int
    seconds: float
    approximate: tuple[int, ...]
    damage: str | None

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"output": str(self.output), "fps": self.fps}

    def __str__(self) -> str:
        text = f"{self.output}: {self.frames} RAW frames, {self.bytes / 1e6:.1f} MB, {self.fps:.1f} fps"
        if self.approximate:
            shown = ", ".join(map(str, self.approximate[:8])) + (", ..." if len(self.approximate) > 8 else "")
            text += f"\n{len(self.approximate)} of them are approximate, because the video was changed: frames {shown}"
        return text


def recover(
    source: str | Path,
    output: str | Path,
    *,
    frames: str | slice | None = None,
    format: FileFormat = "dng",
    compress: bool = True,
    force: bool = False,
    sidecar: str | Path | None = None,
    device: Device = "auto",
    chunk: int | Literal["auto"] = "auto",
    overwrite: bool = False,
    resume: bool = False,
    progress: Reporter | None = None,
) -> RecoverResult:
    """Turn a video that vidisp rendered back into RAW frames.

    Args:
        source: the video.
        output: folder for `frame_NNNNNN.dng` (or .npy), numbered as the original frames were.
        frames: "A:B", indices of the clip's frames, end excluded; only the segments that hold them are decoded.
        format: CinemaDNG, or NumPy mosaics (height, width) uint16 in DN.
        compress: lossless JPEG inside the DNG.
        force: recover a re-encoded video as well as it goes.
        sidecar: a record that `probe` wrote, for a video that has lost its own.
        device, chunk: where to compute, and how many frames at once (never changes the result).
        overwrite: replace a folder that is there. resume: go on where a stopped recovery left off.
        progress: called on every frame.

    Raises:
        NotRecoverableError: if vidisp did not render this video, or it was re-encoded (then `force` helps).
        UsageError, InputError, OutputError: see `vidisp.errors`.
        InterruptedRun: after KeyboardInterrupt; whole frames are kept for `resume`.
    """
    started = time.perf_counter()
    source, output = Path(source), Path(output)
    check_output(output, overwrite=overwrite, resume=resume)
    target = pick_device(device)
    record = None if sidecar is None else read_sidecar(Path(sidecar))
    reader = open_video(source, sidecar=record, force=force)
    chosen = frame_range(frames, reader.require_recoverable().frames)
    writer = FrameWriter(format, compress)
    settings = {"frames": [chosen.start, chosen.stop], "format": format, "compress": compress, "force": force}
    journal = Journal(output, settings | {"video": inputs_digest([source])}, resume=resume)
    run = _Recovery(reader, journal.folder / "frames", writer, target, pick_chunk(chunk, target))
    try:
        run.run(chosen, progress)
    except KeyboardInterrupt:
        kept = f"stopped; {run.written} of {run.total} frames are kept"
        raise InterruptedRun(kept, path=output, hint="add --resume to go on") from None
    replace_folder(run.folder, output)
    journal.close()
    damage = reader.status.reason if reader.status.state is State.DAMAGED else None
    return RecoverResult(output, run.written, run.bytes, time.perf_counter() - started, run.approximate, damage)


class _Recovery:
    """One run over the frames of a video, into `folder`."""

    def __init__(
        self, reader: VideoReader, folder: Path, writer: FrameWriter, device: torch.device, chunk: int
    ) -> None:
        self.folder = folder
        self.total = self.written = self.bytes = 0
        self._reader, self._writer, self._device, self._chunk = reader, writer, device, chunk
        self._developers: dict[str, Developer] = {}
        self._approximate: list[int] = []

    @property
    def approximate(self) -> tuple[int, ...]:
        """Numbers of the frames that are not exactly what was rendered."""
        return tuple(sorted(self._approximate))

    def run(self, frames: range, progress: Reporter | None) -> None:
        """Recover what is missing."""
        self.total = self._reader.count(frames.start, frames.stop)
        if not self.total:
            raise UsageError(
                f"holds none of the frames {frames.start}:{frames.stop}",
                path=self._reader.path,
                hint="vidisp probe tells which are there",
            )
        for unfinished in self.folder.rglob(".*"):
            unfinished.unlink()  # what a killed run was just writing
        meter = Meter("recover", self.total, progress)
        decoded = background(self._reader.decode(frames.start, frames.stop), depth=_FRAMES_AHEAD)
        placed = self._place(decoded, meter)
        recovered = background(self._recover(placed), depth=_FRAMES_AHEAD)
        with closing(parallel_map(self._write, recovered, workers=_WRITERS, depth=_WRITERS + 1)) as sizes:
            for size in sizes:
                self._count(size)
                meter.add(1, size)

    def _count(self, size: int) -> None:
        self.written += 1
        self.bytes += size

    def _place(self, frames: Iterable[DecodedFrame], meter: Meter) -> Iterator[tuple[Path, DecodedFrame]]:
        """Each frame with the path where it belongs; without those that are there, or that come twice in a concat."""
        seen: set[Path] = set()
        clips = list(self._reader.clips)
        for frame in frames:
            folder = self.folder / f"clip_{clips.index(frame.clip.clip_id) + 1:02d}" if len(clips) > 1 else self.folder
            folder.mkdir(parents=True, exist_ok=True)
            number = frame_number(frame.clip, frame.record, frame.index)
            path = folder / f"frame_{number:06d}{self._writer.suffix}"
            if path in seen:
                continue
            seen.add(path)
            if not frame.intact:
                self._approximate.append(number)
            if path.exists():
                self._count(path.stat().st_size)
                meter.resume(1, path.stat().st_size)
            else:
                yield path, frame

    def _recover(self, frames: Iterable[tuple[Path, DecodedFrame]]) -> Iterator[tuple[Path, RawFrame]]:
        for clip_id, group in groupby(frames, key=lambda placed: placed[1].clip.clip_id):
            for batch in batched(group, self._chunk):
                developer = self._developer(clip_id, batch[0][1].clip)
                described = [describe(frame.clip, frame.record, frame.index) for _, frame in batch]
                negatives = [
                    Negative(frame.yuv, d.sensor, d.extent) for (_, frame), d in zip(batch, described, strict=True)
                ]
                mosaics = halving(developer.recover, negatives)
                for (path, _), d, mosaic in zip(batch, described, mosaics, strict=True):
                    yield path, d.frame(mosaic, path.name)

    def _developer(self, clip_id: str, clip: ClipRecord) -> Developer:
        if clip_id not in self._developers:
            self._developers[clip_id] = Developer(clip.model, Look.from_dict(clip.look), self._device)
        return self._developers[clip_id]

    def _write(self, item: tuple[Path, RawFrame]) -> int:
        return self._writer.write(*item)

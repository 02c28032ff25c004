"""Video to RAW frames: decoder, inverse model and parallel writing overlap; the folder appears when it is whole."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from vidisp.atomic import output_error
from vidisp.codec import FORMATS, ClipRecord, DecodedFrame, State, VideoReader, open_video
from vidisp.codec.quantiser import frame_step, implied_step
from vidisp.errors import InterruptedRun, UsageError, counted
from vidisp.isp import Look
from vidisp.raw import RawFrame
from vidisp.stream.developer import Developer, Device, Negative, halving, pick_chunk, pick_device
from vidisp.stream.frames_out import FileFormat, FrameWriter, frame_number
from vidisp.stream.journal import Journal, inputs_digest
from vidisp.stream.lanes import Supply, run_lanes
from vidisp.stream.options import check_frames_folder, check_output, frame_range, replace_folder
from vidisp.stream.places import Found, is_whole, runs, with_neighbours
from vidisp.stream.progress import Meter, Progress, Reporter
from vidisp.stream.sidecar import read_sidecar
from vidisp.stream.stages import background, parallel_map
from vidisp.stream.windows import Window, windows

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
    clips: int = 1

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"output": str(self.output), "fps": self.fps}

    def __str__(self) -> str:
        text = f"{self.output}: {counted(self.frames, 'RAW frame')}, {self.bytes / 1e6:.1f} MB, {self.fps:.1f} fps"
        if self.clips > 1:
            text += (
                f"\nthe video holds {self.clips} clips; each has a folder of its own, clip_01 to clip_{self.clips:02d}"
            )
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
        output: folder for `frame_NNNNNN.dng` (or .npy), numbered as the original frames were; the several clips of
            a concat get a folder each in it. Only frames that vidisp wrote are ever replaced.
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
    source, output = Path(source), Path(output).absolute()
    check_frames_folder(output, source)
    check_output(output, overwrite=overwrite, resume=resume)
    target = pick_device(device)
    record = None if sidecar is None else read_sidecar(Path(sidecar))
    reader = open_video(source, sidecar=record, force=force)
    chosen = frame_range(frames, reader.require_recoverable().frames)
    developers = {clip_id: _developer(clip, target) for clip_id, clip in reader.clips.items()}
    size = pick_chunk(chunk, target, max(developer.frames_back for developer in developers.values()))
    writer = FrameWriter(format, compress)
    settings = {"frames": [chosen.start, chosen.stop], "format": format, "compress": compress, "force": force}
    journal = Journal(output, settings | {"video": inputs_digest([source])}, resume=resume)
    folder = journal.folder / "frames"
    run = _Recovery(reader, developers, chosen, folder, writer, size, progress)
    try:
        run_lanes(run.run, [source], jobs=1)
    except KeyboardInterrupt:
        kept = f"stopped; {run.now.done} of {run.now.total} frames are kept"
        raise InterruptedRun(kept, path=output, hint="add --resume to go on") from None
    replace_folder(folder, output)
    journal.close()
    damage = reader.status.reason if reader.status.state is State.DAMAGED else None
    seconds = time.perf_counter() - started
    return RecoverResult(
        output, run.now.done, run.now.bytes, seconds, tuple(sorted(run.approximate)), damage, len(reader.clips)
    )


def _developer(clip: ClipRecord, device: torch.device) -> Developer:
    look = Look.from_dict(clip.look)
    return Developer(clip.model, look, device, conditions=clip.conditions, model_hash=clip.model_hash)


class _Recovery:
    """One run over the wanted frames of a video, into `folder`."""

    def __init__(
        self,
        reader: VideoReader,
        developers: Mapping[str, Developer],
        frames: range,
        folder: Path,
        writer: FrameWriter,
        chunk: int,
        progress: Reporter | None,
    ) -> None:
        self.folder = folder
        self.approximate: list[int] = []
        self._reader, self._frames, self._writer, self._chunk = reader, frames, writer, chunk
        self._developers = developers
        self._halo = max(developer.frames_back for developer in developers.values())
        self._meter = Meter("recover", self._count(), progress)

    @property
    def now(self) -> Progress:
        """How far it is."""
        return self._meter.now()

    def _count(self) -> int:
        if count := self._reader.count(self._frames.start, self._frames.stop):
            return count
        raise UsageError(
            f"holds none of the frames {self._frames.start}:{self._frames.stop}",
            path=self._reader.path,
            hint="vidisp probe tells which are there",
        )

    def run(self, supply: Supply[Path]) -> None:
        """Recover what is missing; `supply` says when to stop."""
        self._prepare_folders()
        span = with_neighbours(self._reader.clips.values(), self._frames, self._halo)
        decoded = background(self._reader.decode(span.start, span.stop), depth=_FRAMES_AHEAD)
        workers = min(developer.workers for developer in self._developers.values())
        batches = parallel_map(self._recover, self._windows(decoded), workers=workers, depth=workers)
        recovered = background(chain.from_iterable(batches), depth=_FRAMES_AHEAD)
        with closing(parallel_map(self._write, recovered, workers=_WRITERS, depth=_WRITERS + 1)) as sizes:
            for size in sizes:
                self._meter.add(1, size)
                supply.check()

    def _prepare_folders(self) -> None:
        try:
            for clip_id in self._developers:
                self._folder(clip_id).mkdir(parents=True, exist_ok=True)
            for unfinished in self.folder.rglob(".*"):
                unfinished.unlink()  # what a killed run was just writing
        except OSError as error:
            raise output_error(error, self.folder) from error

    def _folder(self, clip_id: str) -> Path:
        """Where a clip's frames go: the several clips of a concat get a folder each."""
        clips = list(self._developers)
        return self.folder / f"clip_{clips.index(clip_id) + 1:02d}" if len(clips) > 1 else self.folder

    def _windows(self, frames: Iterable[DecodedFrame]) -> Iterator[Window[Found]]:
        """Frames of one segment, a chunk at a time; those of which nothing is missing are left out."""
        with closing(windows(self._found(frames), lambda f: f.run, chunk=self._chunk, halo=self._halo)) as cut:
            for window in cut:
                self._note_approximate(window)
                if any(found.missing for found in window.wanted):
                    yield window

    def _found(self, frames: Iterable[DecodedFrame]) -> Iterator[Found]:
        """Frames with their paths; of those that come twice in a concat, the first is wanted."""
        seen: set[Path] = set()
        for run, frame in runs(frames):
            number = frame_number(frame.clip, frame.record, frame.index)
            path = self._folder(frame.clip.clip_id) / f"frame_{number:06d}{self._writer.suffix}"
            wanted = frame.index in self._frames and path not in seen
            missing = wanted and not path.exists()
            if wanted:
                seen.add(path)
                if not missing:
                    self._meter.resume(1, path.stat().st_size)
            yield Found(frame, run, path, wanted, missing)

    def _note_approximate(self, window: Window[Found]) -> None:
        for place in window.inner:
            found = window.items[place]
            halo = self._developers[found.frame.clip.clip_id].frames_back
            if found.wanted and not is_whole(window, place, halo):
                self.approximate.append(found.description.number)

    def _recover(self, window: Window[Found]) -> list[tuple[Path, RawFrame]]:
        pairs = zip(window.wanted, halving(self._mosaics, window), strict=True)
        return [(f.path, f.description.frame(mosaic, f.path.name)) for f, mosaic in pairs if f.missing]

    def _mosaics(self, window: Window[Found]) -> list[np.ndarray]:
        developer = self._developers[window.items[0].frame.clip.clip_id]
        return developer.recover([_negative(found) for found in window.items], window.passage, window.inner)

    def _write(self, item: tuple[Path, RawFrame]) -> int:
        return self._writer.write(*item)


def _negative(found: Found) -> Negative:
    frame, described = found.frame, found.description
    fmt = FORMATS[frame.clip.format]
    step = frame_step(fmt, frame.quantiser) or implied_step(fmt, frame.clip.crf)
    return Negative(frame.yuv, described.sensor, described.extent, step)

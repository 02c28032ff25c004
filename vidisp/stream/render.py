"""RAW clip to video: parallel reading, model and encoder overlap; segments are rendered one by one and joined."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Literal

from vidisp.atomic import publish
from vidisp.codec import FORMATS, FrameRecord, SegmentEncoder, join_segments
from vidisp.errors import InterruptedRun, UsageError, counted
from vidisp.stream.changes import frame_changes
from vidisp.stream.cuts import thumbnail
from vidisp.stream.developer import Developer, Device, Picture, halving, pick_chunk, pick_device
from vidisp.stream.journal import Journal
from vidisp.stream.lanes import Supply, run_lanes
from vidisp.stream.options import Segment, check_output
from vidisp.stream.plan import RenderPlan, WhiteBalance, plan_render
from vidisp.stream.progress import Meter, Reporter
from vidisp.stream.sources import Source, with_cuts
from vidisp.stream.stages import background, parallel_map
from vidisp.stream.windows import Window, windows

_READERS = 2
_READ_AHEAD = 4
_BATCHES_AHEAD = 2
_PART = ".nut"

_Task = tuple[Segment, int]


_Rendered = tuple[Source, Picture]


@dataclass(frozen=True)
class RenderResult:
    """What a render did. `bytes` is the size of the output (0 in a dry run), `clipped` counts samples that the
    codes could not hold, `look` and `settings` are what was decided."""

    output: Path
    frames: int
    bytes: int
    seconds: float
    clipped: int
    width: int
    height: int
    look: dict[str, Any]
    settings: dict[str, Any]

    @property
    def bits_per_pixel(self) -> float:
        """File bits by sensor pixels."""
        return self.bytes * 8 / (self.frames * self.width * self.height)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        rates = {"fps": self.frames / self.seconds, "bits_per_pixel": self.bits_per_pixel}
        return asdict(self) | {"output": str(self.output)} | rates

    def __str__(self) -> str:
        s = self.settings
        what = f"{counted(self.frames, 'frame')}, {self.width}x{self.height}, {s['format']} at crf {s['crf']:g}"
        if not self.bytes:
            return f"{self.output}: would be {what}, {float(Fraction(s['fps'])):.5g} fps"
        size = f"{self.bytes / 1e6:.2f} MB, {self.bits_per_pixel:.3f} bits per sensor pixel"
        clipped = f", {self.clipped} samples clipped" if self.clipped else ""
        return f"{self.output}: {what}, {size}, {self.frames / self.seconds:.1f} fps{clipped}"


def render(
    source: str | Path,
    output: str | Path,
    *,
    codec: str = "h264",
    crf: float | None = None,
    quality: str = "standard",
    preset: str | None = None,
    fps: str | float | Fraction | None = None,
    frames: str | slice | None = None,
    exposure: float | Literal["auto"] = "auto",
    wb: WhiteBalance = "camera",
    model: str = "lift",
    device: Device = "auto",
    chunk: int | Literal["auto"] = "auto",
    jobs: int = 1,
    overwrite: bool = False,
    resume: bool = False,
    dry_run: bool = False,
    audio: bool = False,
    keep_private: bool = False,
    progress: Reporter | None = None,
) -> RenderResult:
    """Render a RAW clip to an ordinary video that carries its own way back.

    Args:
        source: a folder of DNG or camera RAW files, or one such file.
        output: the video, .mp4, .mov or .mkv.
        codec: a name of `vidisp.codec.FORMATS`.
        crf, quality: the codec's own quality number, or else a named quality of the format.
        preset: the encoder's speed preset; default: the format's.
        fps: frame rate; default: the clip's own.
        frames: "A:B", indices of the clip's frames, end excluded.
        exposure: EV over the sensor's own exposure, or "auto": one value for the whole clip.
        wb: "camera", "auto", or the gains of R, G and B.
        model: a name of `vidisp.stream.models.MODELS`.
        device, chunk: where to compute, and how many frames at once (never changes the result).
        jobs: segments rendered side by side.
        overwrite: replace an output that is there. resume: go on where a stopped run with these settings left off.
        dry_run: decide everything, write nothing.
        audio: mux the WAV beside the clip.
        keep_private: keep location, serial numbers, owner and maker notes in the record.
        progress: called on every frame.

    Raises:
        UsageError, InputError, OutputError: see `vidisp.errors`.
        InterruptedRun: after KeyboardInterrupt; whole segments are kept for `resume`.
    """
    started = time.perf_counter()
    output = Path(output)
    if jobs < 1:
        raise UsageError(f"{jobs} jobs are not possible", hint="use --jobs 1 or more")
    target = pick_device(device)
    plan = plan_render(
        Path(source),
        output,
        codec=codec,
        crf=crf,
        quality=quality,
        preset=preset,
        fps=fps,
        frames=frames,
        exposure=exposure,
        wb=wb,
        model=model,
        audio=audio,
        keep_private=keep_private,
        threads=0 if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs),
    )
    record = plan.record
    developer = Developer(record.model, plan.look, target, conditions=record.conditions, model_hash=record.model_hash)
    size = pick_chunk(chunk, target, developer.frames_back)
    check_output(output, overwrite=overwrite, resume=resume)
    clipped = 0
    if not dry_run:
        clipped = _Renderer(plan, developer, size, jobs, resume, progress).run()
    sensor = plan.clip.sensor
    return RenderResult(
        output,
        plan.frames,
        0 if dry_run else output.stat().st_size,
        time.perf_counter() - started,
        clipped,
        sensor.width,
        sensor.height,
        dict(plan.record.look),
        plan.to_dict()["settings"],
    )


class _Renderer:
    """One run over the segments of a plan."""

    def __init__(
        self,
        plan: RenderPlan,
        developer: Developer,
        chunk: int,
        jobs: int,
        resume: bool,
        progress: Reporter | None,
    ) -> None:
        self._plan, self._developer, self._chunk, self._jobs = plan, developer, chunk, jobs
        self._journal = Journal(plan.output, plan.to_dict(), resume=resume)
        self._meter = Meter("render", plan.frames, progress)
        self._clipped: list[int] = []

    def run(self) -> int:
        """Render what is missing, join, publish. Returns the number of clipped samples."""
        plan = self._plan
        missing = [segment for segment in plan.segments if not self._is_whole(segment)]
        try:
            run_lanes(self._lane, missing, jobs=self._jobs)
        except (KeyboardInterrupt, InterruptedRun):
            raise self._interrupted() from None
        joined = self._journal.folder / plan.output.name
        join_segments(
            [self._part(segment) for segment in plan.segments],
            joined,
            plan.settings,
            plan.record,
            audio=plan.audio,
            orientation=plan.record.sensor.orientation,
            start=plan.start,
            timecode=plan.timecode,
        )
        publish(joined, plan.output)
        self._journal.close()
        return sum(self._clipped)

    def _part(self, segment: Segment) -> Path:
        paths = [self._plan.clip.paths[index] for index in segment.frames]
        return self._journal.piece(segment.index, paths, _PART)

    def _is_whole(self, segment: Segment) -> bool:
        part = self._part(segment)
        if part.exists():
            self._meter.resume(len(segment.frames), part.stat().st_size)
        return part.exists()

    def _interrupted(self) -> InterruptedRun:
        whole = sum(self._part(segment).exists() for segment in self._plan.segments)
        if not whole:
            return InterruptedRun("stopped before the first segment was whole", path=self._plan.output)
        kept = f"stopped; {whole} of {len(self._plan.segments)} segments are kept"
        return InterruptedRun(kept, path=self._plan.output, hint="add --resume to go on")

    def _lane(self, segments: Supply[Segment]) -> None:
        tasks = ((segment, index) for segment in segments for index in segment.frames)
        frames = parallel_map(self._read, tasks, workers=_READERS, depth=_READ_AHEAD)
        halo, workers = self._developer.frames_forward, self._developer.workers
        if halo:  # a chunk takes much memory, and so every lane has its share of the workers
            workers = max(1, workers // self._jobs)
        chunks = windows(with_cuts(frames), lambda source: source.segment.index, chunk=self._chunk, halo=halo)
        batches = parallel_map(self._develop, chunks, workers=workers, depth=workers)
        with closing(background(batches, depth=_BATCHES_AHEAD)) as ready:
            pictures = chain.from_iterable(ready)
            for segment, group in groupby(pictures, key=lambda rendered: rendered[0].segment):
                self._encode(segment, group, segments)

    def _read(self, task: _Task) -> Source:
        segment, index = task
        frame = self._plan.clip.read(index)
        small = thumbnail(frame, self._plan.look) if self._developer.frames_forward else None
        return Source(segment, index, frame, small)

    def _develop(self, window: Window[Source]) -> list[_Rendered]:
        return list(zip(window.wanted, halving(self._pictures, window), strict=True))

    def _pictures(self, window: Window[Source]) -> list[Picture]:
        frames = [source.frame for source in window.items]
        return self._developer.render(frames, window.passage, window.inner)

    def _encode(self, segment: Segment, rendered: Iterable[_Rendered], supply: Supply[Segment]) -> None:
        plan = self._plan
        clipped = 0
        takes_offsets = FORMATS[plan.record.format].takes_offsets
        with SegmentEncoder(self._part(segment), plan.settings, plan.record) as encoder:
            for source, picture in rendered:
                supply.check()
                frame_record, offsets = self._frame_record(source, picture), picture.offsets if takes_offsets else None
                self._count(encoder.write(picture.yuv, frame_record, offsets), supply)
                clipped += picture.clipped
            self._count(encoder.flush(), supply)
        self._clipped.append(clipped)

    def _count(self, sizes: Iterable[int], supply: Supply[Segment]) -> None:
        """Count pictures as they come out of the encoder, and stop between any two of them."""
        for size in sizes:
            self._meter.add(frames=1, size=size)
            supply.check()

    def _frame_record(self, source: Source, picture: Picture) -> FrameRecord:
        record = self._plan.record
        changes = frame_changes(source.frame, record.sensor, self._plan.tags, keep_private=record.private)
        return FrameRecord(
            index=source.index,
            number=source.frame.number,
            segment=source.segment.index,
            position=source.position,
            changes=changes,
            clipped=picture.clipped,
            cut=source.cut,
            last=source.last and self._developer.frames_forward > 0,
        )

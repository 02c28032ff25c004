"""RAW photos to JPEG files that carry their own way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from vidisp import __version__
from vidisp.atomic import atomic_output
from vidisp.codec.jpeg import (
    THUMBNAIL_SIDE,
    Components,
    StillRecord,
    Subsampling,
    adapt,
    assemble,
    blocks_of,
    build_exif,
    coded_checksum,
    decode,
    encode,
    fit,
    table_step,
    thumbnail,
)
from vidisp.errors import InputError, UsageError
from vidisp.isp import BT601_LUMA, Look, choose_look
from vidisp.raw import RawFrame, Tag, read_frame, tag_to_json
from vidisp.raw.clip import RAW_SUFFIXES
from vidisp.stills.batch import Task, is_jpeg, plan_tasks, run_tasks
from vidisp.stills.developer import StillDeveloper, pick_workers
from vidisp.stills.models import choose_conditions, choose_model
from vidisp.stills.results import Photos, RenderedPhoto
from vidisp.stills.steps import step_offsets
from vidisp.stream.changes import public_tags
from vidisp.stream.developer import sites
from vidisp.stream.plan import VIDEO_SUFFIXES, WhiteBalance
from vidisp.stream.progress import Reporter


@dataclass(frozen=True)
class StillSettings:
    """All that is the same for every photo of a run; `exposure` and `wb` as in `choose_look`, `step` as in
    `vidisp.codec.jpeg.tables`."""

    step: int
    subsampling: Subsampling
    exposure: float | Literal["auto"]
    wb: WhiteBalance
    model: str
    keep_private: bool


def render_photos(
    source: Path,
    output: Path,
    settings: StillSettings,
    *,
    device: torch.device,
    jobs: int,
    overwrite: bool,
    resume: bool,
    dry_run: bool,
    progress: Reporter | None,
) -> Photos[RenderedPhoto]:
    """Render a RAW photo, or each of a folder with a look of its own; arguments as `vidisp.render`'s.

    Raises:
        UsageError, InputError, OutputError: see `vidisp.errors`; what failed of several photos is in the result.
        InterruptedRun: after KeyboardInterrupt; photos that are whole are kept.
    """
    choose_model(settings.model, settings.subsampling)
    _check_source(source)
    tasks = plan_tasks(source, output, suffixes=RAW_SUFFIXES, becomes=".jpg", overwrite=overwrite, resume=resume)
    renderer = _Renderer(settings, device, pick_workers(jobs), dry_run)
    return run_tasks("render", tasks, renderer.run, jobs=jobs, reporter=progress)


def _check_source(source: Path) -> None:
    if source.is_file() and is_jpeg(source):
        raise UsageError("is a JPEG already", path=source, hint="vidisp recover takes it; vidisp render takes RAW")
    if source.is_file() and source.suffix.lower() in VIDEO_SUFFIXES:
        raise UsageError("is a video already", path=source, hint="vidisp recover takes it; vidisp render takes RAW")


@dataclass(frozen=True)
class _Renderer:
    settings: StillSettings
    device: torch.device
    workers: int
    dry_run: bool

    def run(self, task: Task) -> RenderedPhoto:
        try:
            return self._render(read_frame(task.source), task)
        except InputError as error:
            raise InputError(error.what, path=task.source, hint=error.hint) from error

    def _render(self, frame: RawFrame, task: Task) -> RenderedPhoto:
        tags = public_tags(frame.tags, keep_private=self.settings.keep_private)
        record = plan_record(frame, tags, self.settings)
        data = b""
        if not self.dry_run:
            picture, clipped = StillDeveloper(record, self.device, self.workers).render(frame.mosaic)
            record = replace(record, clipped=clipped)
            data = make_file(picture, record, tags)
            with atomic_output(task.output) as temporary:
                temporary.write_bytes(data)
        return RenderedPhoto(
            task.source,
            task.output,
            len(data),
            record.sensor.width,
            record.sensor.height,
            record.clipped,
            record.step,
            record.subsampling,
            record.model,
            record.look,
        )


def plan_record(frame: RawFrame, tags: tuple[Tag, ...], settings: StillSettings) -> StillRecord:
    """All that is decided before the photo is rendered; `tags` are those that go along."""
    look = choose_look([frame], exposure=settings.exposure, wb=settings.wb, bits=8, full_range=True, luma=BT601_LUMA)
    model_id, model_hash = choose_model(settings.model, settings.subsampling)
    return StillRecord(
        producer=f"vidisp {__version__}",
        model=model_id,
        model_hash=model_hash,
        sensor=frame.sensor,
        subsampling=settings.subsampling,
        step=settings.step,
        extent=tuple((int(site.min()), int(site.max())) for site in sites(frame.mosaic)),
        look=look.to_dict(),
        conditions=choose_conditions(model_id, frame, look, settings.step),
        fps=frame.fps,
        timecode=frame.timecode,
        name=Path(frame.name).stem,
        private=settings.keep_private,
        tags=tuple(tag_to_json(tag) for tag in tags),
    )


def make_file(picture: Components, record: StillRecord, tags: tuple[Tag, ...]) -> bytes:
    """The whole JPEG file. What the record says of the picture is of its decoded samples, as `recover` sees them."""
    offsets = step_offsets(picture, Look.from_dict(record.look), record.sensor.cfa)
    coded = encode(adapt(picture, offsets, record.step), table_step(record.step))
    decoded = fit(decode(coded), record.subsampling)
    record = replace(record, coded=coded_checksum(coded), samples=decoded.checksum(), blocks=blocks_of(decoded.y))
    exif = build_exif(tags, record.sensor, picture.size, thumbnail(decoded, THUMBNAIL_SIDE))
    return assemble(coded, exif, record)

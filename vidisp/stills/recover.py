"""JPEG files that vidisp rendered to RAW photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from vidisp.codec import State
from vidisp.codec.jpeg import open_jpeg
from vidisp.errors import InputError, UsageError
from vidisp.raw import RawFrame, tag_from_json
from vidisp.raw.read import trailing_number
from vidisp.stills.batch import JPEG_SUFFIXES, Task, is_folder_output, plan_tasks, run_tasks
from vidisp.stills.developer import StillDeveloper, pick_workers
from vidisp.stills.embedded import refuse_still
from vidisp.stills.results import Photos, RecoveredPhoto
from vidisp.stream.frames_out import FileFormat, FrameWriter
from vidisp.stream.progress import Reporter


def recover_photos(
    source: Path,
    output: Path,
    *,
    format: FileFormat,
    compress: bool,
    force: bool,
    device: torch.device,
    overwrite: bool,
    resume: bool,
    progress: Reporter | None,
) -> Photos[RecoveredPhoto]:
    """Turn a JPEG that vidisp rendered, or each of a folder, back into a RAW photo; arguments as `vidisp.recover`'s.

    Raises:
        NotRecoverableError, UsageError, InputError, OutputError: see `vidisp.errors`; what failed of several files is
            in the result.
        InterruptedRun: after KeyboardInterrupt; photos that are whole are kept.
    """
    writer = FrameWriter(format, compress)
    if not is_folder_output(output) and output.suffix.lower() != writer.suffix:
        raise UsageError(
            f"{output.suffix} is no {format} file", path=output, hint=f"name it {output.stem}{writer.suffix}"
        )
    tasks = plan_tasks(
        source, output, suffixes=JPEG_SUFFIXES, becomes=writer.suffix, overwrite=overwrite, resume=resume
    )
    recovery = _Recovery(writer, force, device, pick_workers(1))
    return run_tasks("recover", tasks, recovery.run, jobs=1, reporter=progress)


@dataclass(frozen=True)
class _Recovery:
    writer: FrameWriter
    force: bool
    device: torch.device
    workers: int

    def run(self, task: Task) -> RecoveredPhoto:
        refuse_still(task.source)
        file = open_jpeg(task.source)
        try:
            record = file.require_recoverable(force=self.force)
            tags = tuple(tag_from_json(tag) for tag in record.tags)
            developer = StillDeveloper(record, self.device, self.workers)
        except InputError as error:
            raise InputError(error.what, path=task.source, hint=error.hint) from error
        mosaic = developer.recover(file.components(record), record.extent)
        number = trailing_number(task.source) or 0
        frame = RawFrame(mosaic, record.sensor, number, task.output.name, record.fps, record.timecode, tags)
        size = self.writer.write(task.output, frame)
        sensor, approximate = record.sensor, file.status.state is State.REENCODED
        return RecoveredPhoto(task.source, task.output, size, sensor.width, sensor.height, approximate)

"""One photo or a folder of them: which file becomes which, and a run in which a bad photo does not stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vidisp.errors import InputError, InterruptedRun, OutputError, UsageError, VidispError
from vidisp.stills.results import Failure, P, Photos
from vidisp.stream.options import check_output
from vidisp.stream.progress import Meter, Reporter
from vidisp.stream.stages import parallel_map

log = logging.getLogger("vidisp")

JPEG_SUFFIXES = frozenset([".jpg", ".jpeg"])


@dataclass(frozen=True)
class Task:
    """A file to read and the file to write."""

    source: Path
    output: Path


@dataclass(frozen=True)
class Tasks:
    """What is to be made, and how many are left out because they are there. `output` is the file or the folder."""

    output: Path
    todo: tuple[Task, ...]
    skipped: int = 0


def is_jpeg(path: Path) -> bool:
    """By its name."""
    return path.suffix.lower() in JPEG_SUFFIXES


def is_folder_output(path: Path) -> bool:
    """Whether an output is a folder: it is one already, or its name has no suffix."""
    return path.is_dir() or not path.suffix


def plan_tasks(
    source: Path, output: Path, *, suffixes: frozenset[str], becomes: str, overwrite: bool, resume: bool
) -> Tasks:
    """What is to be made of a file, or of the files in a folder.

    Args:
        output: the file, or the folder for files of the sources' names; it is made if its parent is there.
        suffixes: of the files to take from a folder, with the dot and in lower case.
        becomes: suffix of the files to write into a folder.

    Raises:
        UsageError: a folder is to become a file, or to be written into itself.
        InputError: nothing to take, or two files that would become one.
        OutputError: something is there already and neither `overwrite` nor `resume` is set.
    """
    if is_folder_output(output):
        return _into_folder(_sources(source, suffixes), output, becomes, overwrite, resume)
    if source.is_dir():
        raise UsageError("is a folder, and one file holds one photo", path=source, hint="name a folder as the output")
    check_output(output, overwrite=overwrite, resume=resume)
    return Tasks(output, (Task(source, output),))


def _into_folder(sources: Sequence[Path], output: Path, becomes: str, overwrite: bool, resume: bool) -> Tasks:
    # Cameras put a JPEG of their own beside a RAW photo: nobody means to lose one of the two.
    if sources[0].resolve().parent == output.resolve():
        raise UsageError("is the folder that the photos are in", path=output, hint="choose another folder")
    _refuse_twins(sources)
    tasks = [Task(path, output / f"{path.stem}{becomes}") for path in sources]
    there = [task for task in tasks if task.output.exists()]
    if there and not overwrite and not resume:
        what = f"holds {there[0].output.name} already" + (f" and {len(there) - 1} more" if len(there) > 1 else "")
        raise OutputError(what, path=output, hint="add --overwrite to replace, or --resume to keep what is there")
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", path=output) from error
    todo = tasks if overwrite else [task for task in tasks if task not in there]
    return Tasks(output, tuple(todo), len(tasks) - len(todo))


def _sources(source: Path, suffixes: frozenset[str]) -> list[Path]:
    if not source.exists():
        raise InputError("does not exist", path=source)
    if not source.is_dir():
        return [source]
    # Names that begin with a dot are the system's (a Mac puts ._A.dng beside A.dng) or files being written.
    found = [p for p in source.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith(".") and p.is_file()]
    if not found:
        kinds = "JPEG files" if suffixes == JPEG_SUFFIXES else "RAW photos"
        raise InputError(f"holds no {kinds}", path=source)
    return sorted(found)


def _refuse_twins(sources: Sequence[Path]) -> None:
    """Names that differ in their suffix or in capitals only would become the same file, on some systems at least."""
    seen: dict[str, Path] = {}
    for path in sources:
        twin = seen.setdefault(path.stem.lower(), path)
        if twin is not path:
            what = f"{twin.name} and {path.name} would become the same file"
            raise InputError(what, path=path.parent, hint="rename one of them")


def run_tasks(
    stage: str, tasks: Tasks, work: Callable[[Task], P], *, jobs: int, reporter: Reporter | None
) -> Photos[P]:
    """Do all tasks, `jobs` at a time. Of several, what fails is said at once, by name, and the others go on.

    Raises:
        VidispError: if nothing could be done at all; a UsageError in any case.
        InterruptedRun: after KeyboardInterrupt; files that are whole are kept.
    """
    started, meter = time.perf_counter(), Meter(stage, len(tasks.todo), reporter, "photos")
    done: list[P] = []
    failed: list[tuple[Task, VidispError]] = []
    try:
        with closing(parallel_map(_attempt(work), tasks.todo, workers=jobs, depth=jobs)) as outcomes:
            for task, outcome in outcomes:
                if isinstance(outcome, VidispError):
                    if len(tasks.todo) == 1 and not tasks.skipped:
                        raise outcome
                    failed.append((task, outcome))
                    meter.add(frames=1)
                else:
                    done.append(outcome)
                    meter.add(frames=1, size=outcome.bytes)
    except KeyboardInterrupt:
        what = f"stopped; {len(done)} of {len(tasks.todo)} photos are done"
        raise InterruptedRun(what, path=tasks.output, hint="add --resume to go on") from None
    for _, error in failed:
        log.error("%s", error)
    if failed and not done and not tasks.skipped:
        raise type(failed[0][1])(f"none of the {len(failed)} photos could be done", path=failed[0][0].source.parent)
    failures = tuple(Failure(task.source, str(error)) for task, error in failed)
    return Photos(tasks.output, tuple(done), failures, tasks.skipped, time.perf_counter() - started)


def _attempt(work: Callable[[Task], P]) -> Callable[[Task], tuple[Task, P | VidispError]]:
    """`work`, with its error as a result; but a request that makes no sense makes none for any photo."""

    def attempt(task: Task) -> tuple[Task, P | VidispError]:
        try:
            return task, work(task)
        except UsageError:
            raise
        except VidispError as error:
            return task, error

    return attempt

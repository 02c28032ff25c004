"""`vidisp.render`, `vidisp.recover` and `vidisp.probe`: by the names of their files, videos go one way, stills another.

    render   to .jpg, or to a folder    a JPEG for each RAW photo
             to anything else           a video of a RAW clip
    recover  from .jpg, or a folder     a RAW photo for each JPEG
             from anything else         the RAW frames of a video

A folder that is yet to be made is a name without a suffix.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from vidisp.codec.formats import DEFAULT_FORMAT, FORMATS
from vidisp.codec.jpeg import DEFAULT_QUALITY, SUBSAMPLINGS, Subsampling, parse_quality, step_of_quality
from vidisp.errors import OutputError, UsageError
from vidisp.stills.batch import is_folder_output, is_jpeg
from vidisp.stills.embedded import refuse_still, what_it_holds
from vidisp.stills.probe import probe_photo
from vidisp.stills.recover import recover_photos
from vidisp.stills.render import StillSettings, render_photos
from vidisp.stills.results import Photos, RecoveredPhoto, RenderedPhoto
from vidisp.stream.developer import Device, pick_device
from vidisp.stream.frames_out import FileFormat
from vidisp.stream.plan import WhiteBalance
from vidisp.stream.probe import ProbeResult
from vidisp.stream.probe import probe as probe_clip
from vidisp.stream.progress import Reporter
from vidisp.stream.recover import RecoverResult
from vidisp.stream.recover import recover as recover_clip
from vidisp.stream.render import RenderResult
from vidisp.stream.render import render as render_clip

_SUFFIXES = FORMATS[DEFAULT_FORMAT].suffixes


def render(
    source: str | Path,
    output: str | Path,
    *,
    quality: int | str | None = None,
    subsampling: Subsampling | None = None,
    codec: str | None = None,
    crf: float | None = None,
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
) -> RenderResult | Photos[RenderedPhoto]:
    """Render a RAW clip to an ordinary video, or RAW photos to ordinary JPEG files, that carry their own way back.

    Args:
        source: a folder of DNG or camera RAW files, or one such file.
        output: the video (.mp4, .mov or .mkv); or the JPEG (.jpg) of one photo; or a folder for a JPEG of each photo,
            of any size and camera, each with an exposure and white balance of its own.
        quality: small, standard, high or master; of JPEG also 1 to 100.
        subsampling: JPEG only: of chroma, "420" (default) or "444".
        codec: videos only, as are crf, preset, fps, frames, chunk and audio: a name of `vidisp.codec.FORMATS`.
        crf: the codec's own quality number, instead of `quality`.
        preset: the encoder's speed preset; default: the format's.
        fps: frame rate; default: the clip's own.
        frames: "A:B", indices of the clip's frames, end excluded.
        exposure: EV over the sensor's own exposure, or "auto": one value for the whole clip.
        wb: "camera", "auto", or the gains of R, G and B.
        model: a name of `vidisp.stream.models.MODELS`; those with weights make 4:2:0 only.
        device, chunk: where to compute, and how many frames at once (never changes the result).
        jobs: segments or photos rendered side by side.
        overwrite: replace an output that is there. resume: go on where a stopped run left off; photos that are there
            stay as they are.
        dry_run: decide everything, write nothing.
        audio: mux the WAV beside the clip.
        keep_private: keep location, serial numbers, owner and maker notes in the record, and in EXIF.
        progress: called on every frame or photo.

    Raises:
        UsageError, InputError, OutputError: see `vidisp.errors`; what failed of several photos is in the result.
        InterruptedRun: after KeyboardInterrupt; whole segments or photos are kept for `resume`.
    """
    source, output = Path(source), Path(output)
    clip_only = {"codec": codec, "crf": crf, "preset": preset, "fps": fps, "frames": frames}
    clip_only |= {"chunk": None if chunk == "auto" else chunk, "audio": audio or None}
    how: dict[str, Any] = {"overwrite": overwrite, "resume": resume, "dry_run": dry_run, "progress": progress}
    if not is_jpeg(output) and not is_folder_output(output):
        _check_suffix(source, output)
        _refuse({"subsampling": subsampling}, "a video")
        options: dict[str, Any] = _given(clip_only | {"quality": quality})
        how |= {"exposure": exposure, "wb": wb, "model": model, "keep_private": keep_private}
        return render_clip(source, output, device=device, jobs=jobs, **how, **options)
    _refuse(clip_only, "a JPEG")
    step = step_of_quality(parse_quality(DEFAULT_QUALITY if quality is None else quality))
    settings = StillSettings(step, _subsampling(subsampling), exposure, wb, model, keep_private)
    if jobs < 1:
        raise UsageError(f"{jobs} jobs are not possible", hint="use --jobs 1 or more")
    return render_photos(source, output, settings, device=pick_device(device), jobs=jobs, **how)


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
) -> RecoverResult | Photos[RecoveredPhoto]:
    """Turn a video or JPEG files that vidisp rendered back into RAW frames or photos.

    Args:
        source: the video; or a JPEG (.jpg); or a folder of them.
        output: of a video, a folder for `frame_NNNNNN.dng` (or .npy), numbered as the original frames were; the
            several clips of a concat get a folder each in it, and only frames that vidisp wrote are ever replaced.
            Of a JPEG, the DNG file; of a folder, a folder for DNG files of the JPEG files' names.
        frames: "A:B", indices of the clip's frames, end excluded; only the segments that hold them are decoded.
        format: CinemaDNG, or NumPy mosaics (height, width) uint16 in DN.
        compress: lossless JPEG inside the DNG.
        force: recover a re-encoded video, or a JPEG that was saved again, as well as it goes.
        sidecar: a record that `probe` wrote, for a video that has lost its own.
        device, chunk: where to compute, and how many frames at once (never changes the result).
        overwrite: replace an output that is there. resume: go on where a stopped recovery left off.
        progress: called on every frame or photo.

    Raises:
        NotRecoverableError: if vidisp did not render this file, or another program encoded it again (then `force`
            helps).
        UsageError, InputError, OutputError: see `vidisp.errors`; what failed of several photos is in the result.
        InterruptedRun: after KeyboardInterrupt; whole frames are kept for `resume`.
    """
    source, output = Path(source), Path(output)
    how: dict[str, Any] = {"format": format, "compress": compress, "force": force}
    how |= {"overwrite": overwrite, "resume": resume, "progress": progress}
    refuse_still(source)
    if not is_jpeg(source) and not source.is_dir():
        return recover_clip(source, output, frames=frames, sidecar=sidecar, device=device, chunk=chunk, **how)
    _refuse({"frames": frames, "sidecar": sidecar, "chunk": None if chunk == "auto" else chunk}, "a JPEG")
    if source.is_dir() and output.is_file():
        raise OutputError("is a file, not a folder", path=output, hint="what a folder holds goes into a folder")
    return recover_photos(source, output, device=pick_device(device), **how)


def probe(path: str | Path, *, sidecar: str | Path | None = None, overwrite: bool = False) -> ProbeResult:
    """Say what a file is. With `sidecar`, also write the video's record into a file of its own.

    Args:
        overwrite: replace a sidecar that is there.

    Raises:
        InputError: if there is no such file, or it is neither a video nor a JPEG nor RAW.
        NotRecoverableError: if a sidecar is wanted of a video that carries no record.
        UsageError: if a sidecar is wanted of anything but a video.
        OutputError: if the sidecar is there already, or cannot be written.
    """
    path = Path(path)
    if held := what_it_holds(path):
        _refuse({"sidecar": sidecar}, "a picture")
        return ProbeResult(path, "still", False, held, {})
    if not is_jpeg(path) or path.is_dir():
        return probe_clip(path, sidecar=sidecar, overwrite=overwrite)
    _refuse({"sidecar": sidecar}, "a JPEG")
    return probe_photo(path)


def _check_suffix(source: Path, output: Path) -> None:
    if source.is_file() and output.suffix.lower() not in _SUFFIXES:
        what = f"{output.suffix} is neither a photo nor a video that vidisp writes"
        raise UsageError(what, path=output, hint=f"a photo is a .jpg, a video {' or '.join(_SUFFIXES)}")


def _subsampling(wanted: str | None) -> Subsampling:
    for known in SUBSAMPLINGS:
        if wanted in (None, known):
            return known
    raise UsageError(f"there is no subsampling {wanted!r}", hint=f"choose {' or '.join(SUBSAMPLINGS)}")


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, Any], what: str) -> None:
    """Options that would say nothing are a mistake, not to be passed over."""
    for name in _given(options):
        raise UsageError(f"--{name} means nothing for {what}", hint="leave it away")

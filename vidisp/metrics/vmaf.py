"""VMAF, by FFmpeg's libvmaf in a process of its own that is fed frame by frame and works beside ours.

Both pictures of a pair go through one pipe, one above the other, and FFmpeg cuts them apart: frames pair by their
order, whatever time stamps their files had, and nothing waits for a second pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
import torch

from vidisp.metrics.moment import Moment
from vidisp.metrics.picture import Picture

FILTER = "libvmaf"
_LOG, _ERRORS = "vmaf.json", "errors.txt"


class Vmaf:
    """VMAF, 0..100; higher is better. A meter to be used as a context; where FFmpeg or libvmaf is not to be had, its
    values are None and `note` says why.

    Source: Z. Li et al., "Toward A Practical Perceptual Video Quality Metric", Netflix 2016; the model vmaf_v0.6.1,
    made for 1920x1080 on a television. The whole is the mean of the frames.
    """

    def __init__(self) -> None:
        self.note: str | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="vidisp-vmaf-")
        self._process: subprocess.Popen[bytes] | None = None
        self._frames = 0
        self._scores: list[float] | None = None

    def __enter__(self) -> Vmaf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def add(self, now: Moment) -> None:
        self._frames += 1
        if self.note is not None:
            return
        try:
            if self._process is None:
                self._process = self._start(*now.video.y.shape)
            self._pipe.write(_stacked(now.video, now.reference))
        except ImportError:
            self.note = "VMAF: not measured, FFmpeg is not installed (pip install 'vidisp[tools]')"
        except (OSError, RuntimeError) as error:
            self.note = f"VMAF: not measured, {self._complaint() or error}"

    def finish(self) -> None:
        """Wait for the scores of all frames that were added."""
        if self._process is None or self.note is not None:
            return
        try:
            self._pipe.close()
            self._process.wait()
            frames = json.loads((Path(self._folder.name) / _LOG).read_text())["frames"]
            self._scores = [float(frame["metrics"]["vmaf"]) for frame in frames]
        except (OSError, ValueError, KeyError) as error:
            self.note = f"VMAF: not measured, {self._complaint() or error}"

    def curves(self) -> Mapping[str, list[float | None]]:
        return {"vmaf": list(self._scores) if self._scores is not None else [None] * self._frames}

    def summary(self) -> Mapping[str, float | None]:
        return {"vmaf": float(np.mean(self._scores)) if self._scores else None}

    @property
    def _pipe(self) -> IO[bytes]:
        if self._process is None or self._process.stdin is None:
            raise OSError("FFmpeg does not run")
        return self._process.stdin

    def _start(self, height: int, width: int) -> subprocess.Popen[bytes]:
        import ffmpeg
        import imageio_ffmpeg

        both = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="yuv420p10le", s=f"{width}x{2 * height}").split()
        above, below = (both[i].filter("crop", width, height, 0, i * height) for i in (0, 1))
        options = {"log_fmt": "json", "log_path": _LOG, "n_threads": os.cpu_count() or 1}
        scored = ffmpeg.filter([above, below], FILTER, **options).output("pipe:", format="null")
        command = scored.global_args("-v", "error").compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
        with (Path(self._folder.name) / _ERRORS).open("wb") as errors:
            return subprocess.Popen(
                command, cwd=self._folder.name, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )

    def _complaint(self) -> str:
        """The first thing that FFmpeg said was wrong."""
        errors = Path(self._folder.name) / _ERRORS
        lines = errors.read_text(errors="replace").splitlines() if errors.exists() else []
        return f"FFmpeg says: {lines[0]}" if lines else ""


def _stacked(video: Picture, reference: Picture) -> bytes:
    """Both in 10-bit 4:2:0, the video above the reference."""
    pairs = zip(video.planes, reference.planes, strict=True)
    return b"".join(_codes(torch.cat(pair)) for pair in pairs)


def _codes(plane: torch.Tensor) -> bytes:
    codes = (plane * (4 * 255)).round().clamp(0, 1023).cpu().numpy().astype("<u2")
    return bytes(codes.tobytes())

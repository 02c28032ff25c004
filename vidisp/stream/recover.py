"""Video to RAW frames: decoder, inverse model and parallel writing overlap; the folder appears when it is whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vidisp.atomic import atomic_output
from vidisp.codec import ClipRecord, DecodedFrame, FrameRecord, VideoReader, open_video
from vidisp.errors import InterruptedRun, NotRecoverableError, UsageError
from vidisp.isp import Look
from vidisp.raw import RawFrame, Tag, tag_from_json, write_dng
from vidisp.stream.changes import apply_changes
from vidisp.stream.developer import Developer, Device, halving, pick_chunk, pick_device
from vidisp.stream.journal import Journal
from vidisp.stream.options import check_output, frame_range, replace_folder
from vidisp.stream.progress import Meter, Reporter
from vidisp.stream.sidecar import read_sidecar
from vidisp.stream.stages import background, batched, parallel_map

log = logging.getLogger("vidisp")

_WRITERS = 2
_FRAMES_AHEAD = 4

FileFormat = Literal["dng", "npy"]

"""What a run over photos did, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar


@dataclass(frozen=True)
class RenderedPhoto:
    """What became of one RAW photo.

    `bytes` is the size of the JPEG (0 in a dry run), `clipped` counts samples that the codes could not hold, `step` is
    how coarsely the picture was rounded, in code values, and `look` what was decided for this photo.
    """

    source: Path
    output: Path
    bytes: int
    width: int
    height: int
    clipped: int
    step: int
    subsampling: str
    model: str
    look: Mapping[str, Any]

    @property
    def bits_per_pixel(self) -> float:
        """File bits by sensor pixels."""
        return self.bytes * 8 / (self.width * self.height)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        paths = {"source": str(self.source), "output": str(self.output)}
        return asdict(self) | paths | {"bits_per_pixel": self.bits_per_pixel}

    def __str__(self) -> str:
        what = f"{self.width}x{self.height}, JPEG {':'.join(self.subsampling)} with steps of about {self.step}"
        if not self.bytes:
            return f"{self.output}: would be {what}"
        size = f"{self.bytes / 1e6:.2f} MB, {self.bits_per_pixel:.3f} bits per sensor pixel"
        clipped = f", {self.clipped} samples clipped" if self.clipped else ""
        return f"{self.output}: {what}, {size}{clipped}"


@dataclass(frozen=True)
class RecoveredPhoto:
    """What became of one JPEG; `approximate` if another program had saved it again."""

    source: Path
    output: Path
    bytes: int
    width: int
    height: int
    approximate: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"source": str(self.source), "output": str(self.output)}

    def __str__(self) -> str:
        text = f"{self.output}: RAW photo, {self.width}x{self.height}, {self.bytes / 1e6:.2f} MB"
        return text + (", approximate, because the JPEG was saved again" if self.approximate else "")


@dataclass(frozen=True)
class Failure:
    """A file of which nothing was made, and why."""

    source: Path
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {"source": str(self.source), "reason": self.reason}


P = TypeVar("P", RenderedPhoto, RecoveredPhoto)


@dataclass(frozen=True)
class Photos(Generic[P]):
    """A whole run: `photos` in order, those that `failed`, and how many were `skipped` because they were there."""

    output: Path
    photos: tuple[P, ...]
    failed: tuple[Failure, ...]
    skipped: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        lists = {"photos": [p.to_dict() for p in self.photos], "failed": [f.to_dict() for f in self.failed]}
        return {"output": str(self.output), "skipped": self.skipped, "seconds": self.seconds} | lists

    def __str__(self) -> str:
        photos = "\n".join(str(photo) for photo in self.photos)
        return f"{photos}\n{self.output}: {self.skipped} were there already".lstrip() if self.skipped else photos

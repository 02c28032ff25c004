"""What embedding and extracting did, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidisp.embed.conversion import Facts


@dataclass(frozen=True)
class EmbedResult:
    """A still that was made, and what it was found to give back when it was read again.

    Args:
        output: the file, `bytes` long.
        method: by which `facts.count` pictures were embedded.
        still_psnr: dB, R'G'B' of 8 bits, of the still against what it should look like.
        restored_psnr: the same of each picture that comes back; None where not one sample differs. Of a foreground,
            over what can be seen of it.
    """

    output: Path
    bytes: int
    method: str
    facts: Facts
    still_psnr: float
    restored_psnr: tuple[float | None, ...]

    @property
    def mean_restored_psnr(self) -> float | None:
        """The mean of dB, None if a picture came back exactly."""
        known = [value for value in self.restored_psnr if value is not None]
        return float(np.mean(known)) if len(known) == len(self.restored_psnr) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        values = asdict(self) | {"output": str(self.output), "facts": self.facts.to_dict()}
        return values | {"mean_restored_psnr": self.mean_restored_psnr}

    def __str__(self) -> str:
        width, height = self.facts.size
        restored = ", ".join("exact" if value is None else f"{value:.2f}" for value in self.restored_psnr)
        size = f"{width}x{height}, {self.bytes / 1e6:.2f} MB"
        return f"{self.output}: {size}, still {self.still_psnr:.2f} dB, comes back with {restored} dB ({self.method})"


@dataclass(frozen=True)
class ExtractResult:
    """What came out of a still: the files, as `facts` say."""

    source: Path
    outputs: tuple[Path, ...]
    method: str
    facts: Facts

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        outputs = [str(path) for path in self.outputs]
        return asdict(self) | {"source": str(self.source), "outputs": outputs, "facts": self.facts.to_dict()}

    def __str__(self) -> str:
        return "\n".join(map(str, self.outputs))

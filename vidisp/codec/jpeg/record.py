"""The recovery record of a still picture: what `ClipRecord` and `FrameRecord` say of a video, of one JPEG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any

from vidisp.codec.fields import Fields, RecordError
from vidisp.codec.jpeg.components import SUBSAMPLINGS, Subsampling
from vidisp.codec.jpeg.fingerprint import BLOCKS
from vidisp.codec.message import KIND_STILL, VERSION, pack, unpack
from vidisp.codec.record import sensor_from_dict
from vidisp.raw.frame import Sensor

Extent = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class StillRecord:
    """What `recover` must know about one JPEG.

    Args:
        producer: the vidisp that wrote it.
        model, model_hash: which model's inverse to use, and the hash of its weights if it has any.
        sensor: how to read the recovered samples.
        look: rendering parameters; plain JSON, opaque here.
        conditions: what a model with weights was told about the photo; plain JSON, opaque here.
        subsampling, step: how the picture was coded, see `vidisp.codec.jpeg.tables` and `adaptive`.
        extent: (smallest, largest) DN of the four sites of the sensor's pattern, row by row.
        clipped: samples that the codes could not hold. This and the next three are known once the picture is coded.
        coded: CRC-32 of the file without its APP and COM segments, as vidisp wrote it.
        samples: CRC-32 of the decoded samples: equal also when the same coefficients are coded in another way.
        blocks: mean luma in 8x8 blocks, by which a turned or cropped picture is known.
        fps, timecode: if the RAW file stated any.
        name: the RAW file's, to inform people; never a path.
        private: private source tags (serial numbers, location) were kept.
        tags: source tags as JSON objects, opaque here.
        version: of this record.
    """

    producer: str
    model: str
    sensor: Sensor
    subsampling: Subsampling
    step: int
    extent: Extent
    clipped: int = 0
    coded: int = 0
    samples: int = 0
    blocks: bytes = bytes(BLOCKS**2)
    model_hash: str | None = None
    look: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    fps: Fraction | None = None
    timecode: bytes | None = None
    name: str = ""
    private: bool = False
    tags: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    version: int = VERSION

    @property
    def coded_size(self) -> tuple[int, int]:
        """(width, height) of the coded picture: the sensor's, padded to even numbers."""
        return self.sensor.width + self.sensor.width % 2, self.sensor.height + self.sensor.height % 2

    def without_tags(self) -> StillRecord:
        """The same record without source tags, for carriers that are too small."""
        return replace(self, tags=())

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {"sensor": asdict(self.sensor), "look": dict(self.look), "conditions": dict(self.conditions)}
        values |= {"blocks": self.blocks.hex(), "extent": [dn for pair in self.extent for dn in pair]}
        values |= {"fps": [self.fps.numerator, self.fps.denominator] if self.fps else None}
        values |= {"timecode": self.timecode.hex() if self.timecode is not None else None}
        return values | {"tags": [dict(tag) for tag in self.tags]}

    @classmethod
    def from_dict(cls, values: object) -> StillRecord:
        """The record that `to_dict` wrote down; `values` is not trusted.

        Raises:
            RecordError: a field is missing or makes no sense.
        """
        f = Fields(values)
        return cls(
            producer=f.text("producer"),
            model=f.text("model"),
            sensor=sensor_from_dict(f.mapping("sensor")),
            subsampling=_subsampling(f.text("subsampling")),
            step=_at_most(255, f.integer("step", 1)),
            extent=_extent(f.numbers("extent", 8)),
            clipped=f.integer("clipped"),
            coded=f.integer("coded"),
            samples=f.integer("samples"),
            blocks=bytes.fromhex(f.hex("blocks", 2 * BLOCKS**2)),
            model_hash=f.optional("model_hash", f.text),
            look=f.mapping("look"),
            conditions=f.mapping("conditions"),
            fps=f.optional("fps", f.rate),
            timecode=f.optional("timecode", lambda key: _bytes(f.text(key))),
            name=f.text("name"),
            private=f.flag("private"),
            tags=f.mappings("tags"),
            version=f.integer("version", 1),
        )

    def to_bytes(self) -> bytes:
        """The record as one message."""
        return pack(KIND_STILL, self.to_dict())

    @classmethod
    def from_bytes(cls, data: bytes) -> StillRecord:
        """Read one message.

        Raises:
            RecordError: it is damaged, of another kind, or holds values that make no sense.
        """
        return cls.from_dict(unpack(KIND_STILL, data))


def _subsampling(text: str) -> Subsampling:
    if text not in SUBSAMPLINGS:
        raise RecordError(f"the recovery record's subsampling is {text!r:.20}", hint="a newer vidisp wrote it; update")
    return text


def _at_most(largest: int, value: int) -> int:
    if value > largest:
        raise RecordError(f"the recovery record holds {value} where {largest} is the largest value")
    return value


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise RecordError("the recovery record's time code is not hex") from error


def _extent(numbers: tuple[float, ...]) -> Extent:
    if not all(number.is_integer() and 0 <= number <= 65535 for number in numbers):
        raise RecordError("the recovery record's extent is not made of DN")
    values = [int(number) for number in numbers]
    return tuple(zip(values[::2], values[1::2], strict=True))

"""The recovery record: what `recover` must know, as versioned values that survive hostile input.

One message (see `vidisp.codec.message`) is one `ClipRecord` (a whole clip), one `FrameRecord` (one frame) or
one frame table (many frames, for formats whose bitstream has no room). Every field is checked when it is read,
and whatever is wrong, the only thing raised is `RecordError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any

from vidisp.codec.fields import Fields, RecordError
from vidisp.codec.message import KIND_CLIP, KIND_FRAME, KIND_HEADERS, KIND_TABLE, VERSION, pack, unpack
from vidisp.errors import InputError
from vidisp.raw.frame import Sensor


@dataclass(frozen=True)
class ClipRecord:
    """What holds for the whole clip.

    Args:
        clip_id: 16 random hex digits; tells clips apart after a concat.
        producer: the vidisp that wrote it.
        model, model_hash: which model's inverse to use, and the hash of its weights if it has any.
        sensor: how to read the recovered samples.
        look: rendering parameters (exposure, tone, matrices); plain JSON, opaque here.
        conditions: what a model with weights was told about the clip; plain JSON, opaque here.
        format, crf, preset: how the pictures were coded (a name in `FORMATS`).
        fps: frames a second, exact.
        frames: how many frames the clip has.
        first_number: the source's own number of the clip's frame 0; numbers rise by one from there.
        segment_length: frames in each closed GOP but the last.
        first: index of the first frame that was rendered.
        name: the clip's name, to inform people; never a path.
        private: private source tags (serial numbers, location) were kept.
        tags: source tags as JSON objects, opaque here.
        version: of this record.
    """

    clip_id: str
    producer: str
    model: str
    sensor: Sensor
    format: str
    crf: float
    preset: str
    fps: Fraction
    frames: int
    segment_length: int
    first: int = 0
    first_number: int = 0
    model_hash: str | None = None
    look: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    private: bool = False
    tags: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    version: int = VERSION
    conditions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def coded_size(self) -> tuple[int, int]:
        """(width, height) of the coded picture: the sensor's, padded to even numbers."""
        return self.sensor.width + self.sensor.width % 2, self.sensor.height + self.sensor.height % 2

    def without_tags(self) -> ClipRecord:
        """The same record without source tags, for carriers that are too small."""
        return replace(self, tags=())

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {"fps": [self.fps.numerator, self.fps.denominator], "sensor": asdict(self.sensor)}
        values |= {"look": dict(self.look), "conditions": dict(self.conditions)}
        return values | {"tags": [dict(tag) for tag in self.tags]}

    @classmethod
    def from_dict(cls, values: object) -> ClipRecord:
        """The record that `to_dict` wrote down; `values` is not trusted.

        Raises:
            RecordError: a field is missing or makes no sense.
        """
        f = Fields(values)
        return cls(
            clip_id=f.hex("clip_id", 16),
            producer=f.text("producer"),
            model=f.text("model"),
            sensor=sensor_from_dict(f.mapping("sensor")),
            format=f.text("format"),
            crf=f.number("crf"),
            preset=f.text("preset"),
            fps=f.rate("fps"),
            frames=f.integer("frames", 1),
            segment_length=f.integer("segment_length", 1),
            first=f.integer("first"),
            first_number=f.integer("first_number"),
            model_hash=f.optional("model_hash", f.text),
            look=f.mapping("look"),
            name=f.text("name"),
            private=f.flag("private"),
            tags=f.mappings("tags"),
            version=f.integer("version", 1),
            conditions=f.optional("conditions", f.mapping) or {},  # the first files have none
        )

    def to_bytes(self) -> bytes:
        """The record as one message."""
        return pack(KIND_CLIP, self.to_dict())

    @classmethod
    def from_bytes(cls, data: bytes) -> ClipRecord:
        """Read one message.

        Raises:
            RecordError: it is damaged, of another kind, or holds values that make no sense.
        """
        return cls.from_dict(unpack(KIND_CLIP, data))


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """What holds for one frame.

    Args:
        index: place in the clip, from 0.
        number: the source's own frame number.
        segment, position: which segment, and the place in it, both from 0 and in display order.
        clipped: samples that the limiter could not hold.
        changes: what differs from the clip's record (timecode, ISO, black level, tags); plain JSON.
        clip_id: whose frame this is. This and the next three are filled in by the encoder.
        order: place in the segment in coding order, so that a missing reference is noticed.
        checksum: CRC-32 of the coded picture, so that a re-encode is noticed.
        quantiser: the encoder's mean quantiser of this frame on the codec's own scale, None if it gives none.
        cut: a new shot begins here: the model did not look across.
        last: the last frame of its segment. Both are for models that look at neighbouring frames; without either,
            a record is written as the first vidisp wrote it.
    """

    index: int
    number: int
    segment: int
    position: int
    clipped: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    clip_id: str = "0" * 16
    order: int = 0
    checksum: int = 0
    quantiser: float | None = None
    cut: bool = False
    last: bool = False

    def to_bytes(self) -> bytes:
        """The record as one message."""
        return pack(KIND_FRAME, _row(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameRecord:
        """Read one message. Raises RecordError like `ClipRecord.from_bytes`."""
        return _frame(unpack(KIND_FRAME, data))


def table_to_bytes(frames: Iterable[FrameRecord]) -> bytes:
    """The records of many frames as one message."""
    return pack(KIND_TABLE, [_row(frame) for frame in frames])


def table_from_bytes(data: bytes) -> tuple[FrameRecord, ...]:
    """Read one table message. Raises RecordError like `ClipRecord.from_bytes`."""
    rows = unpack(KIND_TABLE, data)
    if not isinstance(rows, list):
        raise RecordError("the recovery record's frame table is not a list")
    return tuple(_frame(row) for row in rows)


def headers_to_bytes(headers: bytes) -> bytes:
    """The encoder's parameter sets as one message: joining clips may replace the container's by another clip's."""
    return pack(KIND_HEADERS, headers.hex())


def headers_from_bytes(data: bytes) -> bytes:
    """Read one message of parameter sets. Raises RecordError like `ClipRecord.from_bytes`."""
    text = unpack(KIND_HEADERS, data)
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError) as error:
        raise RecordError("the recovery record's parameter sets are not hex") from error


def _row(frame: FrameRecord) -> list[Any]:
    names = _FRAME_FIELDS if frame.cut or frame.last else _FIRST_FRAME_FIELDS
    return [getattr(frame, name) for name in names]


def _frame(row: object) -> FrameRecord:
    if not isinstance(row, list) or len(row) not in (len(_FIRST_FRAME_FIELDS), len(_FRAME_FIELDS)):
        raise RecordError("a frame's recovery record does not have the fields of this version")
    f = Fields({"cut": False, "last": False} | dict(zip(_FRAME_FIELDS[: len(row)], row, strict=True)))
    return FrameRecord(
        index=f.integer("index"),
        number=f.integer("number"),
        segment=f.integer("segment"),
        position=f.integer("position"),
        clipped=f.integer("clipped"),
        changes=f.mapping("changes"),
        clip_id=f.hex("clip_id", 16),
        order=f.integer("order"),
        checksum=f.integer("checksum"),
        quantiser=f.optional("quantiser", f.number),
        cut=f.flag("cut"),
        last=f.flag("last"),
    )


_FRAME_FIELDS = tuple(FrameRecord.__dataclass_fields__)
_FIRST_FRAME_FIELDS = _FRAME_FIELDS[: _FRAME_FIELDS.index("cut")]


def sensor_from_dict(values: Mapping[str, Any]) -> Sensor:
    """The sensor that `asdict` wrote down. Raises RecordError."""
    f = Fields(values)
    try:
        return Sensor(
            width=f.integer("width", 2),
            height=f.integer("height", 2),
            cfa=f.text("cfa"),  # type: ignore[arg-type]  # Sensor checks it
            black=f.numbers("black", 4),  # type: ignore[arg-type]
            white=f.integer("white"),
            neutral=f.numbers("neutral", 3),  # type: ignore[arg-type]
            color_matrix=f.numbers("color_matrix", 9),
            illuminant=f.integer("illuminant"),
            noise=f.optional("noise", lambda key: f.numbers(key, 2)),  # type: ignore[arg-type]
            iso=f.optional("iso", f.integer),
            orientation=f.integer("orientation"),
            make=f.text("make"),
            model=f.text("model"),
        )
    except RecordError:
        raise
    except InputError as error:
        raise RecordError(f"the recovery record's sensor makes no sense: {error.what}") from error

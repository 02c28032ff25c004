"""Reading a JPEG file back: whether vidisp rendered it, what was done to it since, and its samples as coded."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from vidisp.codec.jpeg.carriers import coded_checksum, extract, picture_size
from vidisp.codec.jpeg.coding import decode, fit
from vidisp.codec.jpeg.components import LARGEST_PICTURE, Components
from vidisp.codec.jpeg.fingerprint import blocks_of, describe_change
from vidisp.codec.jpeg.record import StillRecord
from vidisp.codec.status import State, Status
from vidisp.errors import InputError, NotRecoverableError

_LARGEST_FILE = 1 << 30
_FOREIGN = Status(State.FOREIGN, "was not rendered by vidisp, or all that it carried was removed")
_SAVED_AGAIN = Status(State.REENCODED, "another program has saved the picture again")


def open_jpeg(path: str | Path, *, sidecar: StillRecord | None = None) -> JPEGFile:
    """Open any JPEG file and find its record; nothing is decoded yet.

    Args:
        sidecar: a record kept elsewhere, for a file that has lost its own.

    Raises:
        InputError: the file is missing, or no JPEG.
    """
    path = Path(path)
    data = _read(path)
    size = picture_size(data) if data[:2] == b"\xff\xd8" else None
    if size is None:
        raise InputError("is no JPEG file, or one of a kind that cameras do not write", path=path)
    if size[0] * size[1] > LARGEST_PICTURE:
        raise InputError("is a picture of {}x{}, larger than vidisp writes any".format(*size), path=path)
    return JPEGFile(path, data, size, extract(data) or sidecar)


class JPEGFile:
    """A JPEG file. `size` is (width, height), `bytes` the file's length, `record` the way back if it is there."""

    def __init__(self, path: Path, data: bytes, size: tuple[int, int], record: StillRecord | None) -> None:
        self.path, self.size, self.bytes, self.record = path, size, len(data), record
        self._data = data

    @cached_property
    def status(self) -> Status:
        """What the file is; DAMAGED if it cannot be decoded, REENCODED also if it was turned, cropped or resized."""
        if self.record is None:
            return _FOREIGN
        if coded_checksum(self._data) == self.record.coded:
            return Status(State.RECOVERABLE, "as vidisp wrote it")
        try:
            return self._judge(self.record)
        except InputError as error:
            return Status(State.DAMAGED, error.what)

    def _judge(self, record: StillRecord) -> Status:
        if self.change is not None:
            return Status(State.REENCODED, self.change)
        if len(self._planes) == 3 and fit(self._planes, record.subsampling).checksum() == record.samples:
            return Status(State.RECOVERABLE, "the picture is as vidisp wrote it, coded in another way")
        return _SAVED_AGAIN

    @cached_property
    def change(self) -> str | None:
        """How the picture was turned, cropped or resized, None if it was not."""
        record = self.record
        if record is None or coded_checksum(self._data) == record.coded:
            return None
        return describe_change(record.blocks, record.coded_size, blocks_of(self._planes[0]), self.size)

    def require_recoverable(self, *, force: bool = False) -> StillRecord:
        """`record`, if this file can be recovered.

        Args:
            force: also from a picture that another program has saved again.

        Raises:
            NotRecoverableError: not made by vidisp, turned, cropped, resized, or saved again without `force`.
            InputError: the picture cannot be decoded.
        """
        state, reason = self.status.state, self.status.reason
        if self.record is None:
            raise NotRecoverableError(f"cannot be recovered: {reason}", path=self.path)
        if state is State.DAMAGED:
            raise InputError(reason, path=self.path, hint="copy it again")
        if self.change is not None:
            hint = "use the file that vidisp wrote; what jpegtran turned, it can turn back without loss"
            raise NotRecoverableError(f"{reason}: the RAW no longer lies under its pixels", path=self.path, hint=hint)
        if state is State.REENCODED and not force:
            hint = "--force recovers an approximation"
            raise NotRecoverableError(f"cannot be recovered: {reason}", path=self.path, hint=hint)
        return self.record

    def components(self, record: StillRecord) -> Components:
        """The decoded picture in the subsampling of `record`, which is this file's.

        Raises:
            NotRecoverableError, InputError: it is not in three components, or cannot be decoded.
        """
        try:
            return fit(self._planes, record.subsampling)
        except InputError as error:
            raise InputError(error.what, path=self.path, hint=error.hint) from error
        except NotRecoverableError as error:
            raise NotRecoverableError(error.what, path=self.path) from error

    @cached_property
    def _planes(self) -> tuple[np.ndarray, ...]:
        return decode(self._data)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("is larger than any JPEG that vidisp writes", path=path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError("there is no such file", path=path) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error

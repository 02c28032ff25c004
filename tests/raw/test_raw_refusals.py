"""What vidisp cannot take is refused in one line that names the file, says what it is, and never as something else."""

import struct

import imagecodecs
import numpy as np
import pytest
import raw_maker as maker
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import InputError
from vidisp.raw import read_frame

BYTE, SHORT, LONG, FLOAT = 1, 3, 4, 11
MOSAIC = maker.noise(12, 12)
XTRANS = "GBGGRGRGRBGBGBGGRGGRGGBGBGBRGRGRGGBG"
QUAD = "RRGGRRGGGGBBGGBB"


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_frame(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"t33421": (SHORT, (6, 6)), "t33422": (BYTE, bytes(maker.COLORS[c] for c in XTRANS))}, "X-Trans"),
        ({"t33421": (SHORT, (4, 4)), "t33422": (BYTE, bytes(maker.COLORS[c] for c in QUAD))}, "Quad-Bayer"),
        ({"t33422": (BYTE, bytes((3, 1, 4, 5))), "t50710": (BYTE, bytes((3, 1, 4, 5)))}, "CMY"),
        ({"t33422": (BYTE, bytes((0, 1, 6, 2))), "t50710": (BYTE, bytes((0, 1, 2, 6)))}, "RG/WB"),
        ({"t33422": (BYTE, bytes((0, 1, 1, 0)))}, "RG/GR"),
        ({"t33422": (BYTE, bytes((0, 1, 1, 9)))}, "unknown colours"),
        ({"t50711": (SHORT, 4)}, "no rectangular"),
        ({"t33421": None, "t33422": None}, "no rectangular"),
        ({"t262": (SHORT, 34892), "t277": (SHORT, 3)}, "linear (demosaiced) DNG"),
        ({"t262": (SHORT, 34892), "t277": (SHORT, 1)}, "linear (demosaiced) DNG"),
        ({"t262": (SHORT, 1)}, "monochrome"),
        ({"t262": (SHORT, 2)}, "no raw image"),
        ({"t258": (SHORT, 32), "t339": (SHORT, 3)}, "floating point"),
        ({"t258": (SHORT, 16), "t339": (SHORT, 3)}, "floating point"),
        ({"t258": (SHORT, 32)}, "32 bits"),
        ({"t277": (SHORT, 2)}, "2 samples"),
        ({"t256": (LONG, 4_000_000)}, "which cannot be"),
        ({"t256": (LONG, 65000), "t257": (LONG, 65000)}, "which cannot be"),
        ({"t256": (LONG, 0)}, "which cannot be"),
        ({"t279": (LONG, 10)}, "truncated"),
        ({"t273": (LONG, 4_000_000_000)}, "truncated"),
        ({"t273": None, "t279": None}, None),
    ],
)
def test_kinds_of_dng_that_are_refused(tmp_path, extra, says):
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, **extra)
    if says is None:  # the maker fills the offsets in
        assert read_frame(path).mosaic.shape == MOSAIC.shape
    else:
        assert says in refusal(path)


def test_a_dng_without_pixel_data(tmp_path):
    builder = maker.Builder()
    path = builder.save(tmp_path / "a.dng", builder.ifd(maker.raw_tags(MOSAIC)))
    assert "lacks pixel data: 0 of 1" in refusal(path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is an empty file"),
        (b"not a picture at all\n", "is not a DNG: it begins with"),
        (b"II*\0", "no raw image"),
        (b"II*\0\x08\0\0\0", "no raw image"),
        (b"II*\0\xff\xff\xff\xff" + bytes(40), "no raw image"),
        (b"MM\0*\0\0\0\x08\xff\xff" + bytes(90), "no raw image"),
    ],
)
def test_files_named_dng_that_are_none(tmp_path, data, says):
    path = tmp_path / "a.dng"
    path.write_bytes(data)
    assert says in refusal(path)


@pytest.mark.parametrize("name", ["a.cr2", "a.nef", "a.txt", "a"])
def test_files_that_libraw_does_not_know(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"not a picture at all\n" * 100)
    assert "is not a RAW file" in refusal(path)


def test_missing_files_and_folders(tmp_path):
    assert "No such file" in refusal(tmp_path / "a.dng")
    assert "folder" in refusal(tmp_path)


@pytest.mark.parametrize("storage", ["plain", "jpeg", "deflate"])
@pytest.mark.parametrize("keep", [0.3, 0.7, 0.999])
def test_a_truncated_file_never_gives_zeros(tmp_path, storage, keep):
    encode, compression = {
        "plain": (None, 1),
        "jpeg": (lambda block: maker.lossless_jpeg(block, 16, 2), 7),
        "deflate": (maker.deflate, 8),
    }[storage]
    builder = maker.Builder()
    tags = maker.raw_tags(maker.noise(60, 80))
    tags[259] = (SHORT, compression)
    first = builder.ifd({**tags, 273: (LONG, 1 << 20), 279: (LONG, 1 << 20)})  # directory first, as cameras write it
    maker.store(builder, tags, maker.noise(60, 80), None, None, encode or (lambda b: maker.plain(b, 16)))
    for code in (273, 279):
        place = bytes(builder.body).index(struct.pack("<HHL", code, LONG, 1)) + 8
        builder.body[place : place + 4] = struct.pack("<L", tags[code][1][0])
    path = builder.save(tmp_path / "a.dng", first)
    assert read_frame(path).mosaic.any()
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert "truncated" in refusal(path)


def test_jpeg_data_that_breaks_off_inside_its_strip(tmp_path):
    half = lambda block: maker.lossless_jpeg(block, 16)[:150] + bytes(300)  # noqa: E731
    assert "breaks off" in refusal(maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=7, encode=half))


def test_deflate_data_that_is_damaged_or_short(tmp_path):
    short = lambda block: maker.deflate(block[:-1])  # noqa: E731
    broken = lambda block: b"\x78\x9c" + bytes(99)  # noqa: E731
    for encode in (short, broken):
        assert "deflate data" in refusal(maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=8, encode=encode))


def test_lossy_jpeg(tmp_path):
    encode = lambda block: bytes(imagecodecs.jpeg8_encode(block.astype(np.uint8)))  # noqa: E731
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, bits=8, compression=7, encode=encode)
    assert "lossy JPEG" in refusal(path)
    path = maker.make_dng(tmp_path / "b.dng", MOSAIC, bits=8, compression=34892, encode=encode)
    assert "decodes" in refusal(path)


@pytest.mark.parametrize("shape", [(6, 6), (1000, 1000)])
def test_a_jpeg_of_another_size(tmp_path, shape):
    encode = lambda block: maker.lossless_jpeg(np.zeros(shape, np.uint16), 16)  # noqa: E731
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=7, encode=encode)
    if shape == (6, 6):
        assert "samples for 12x12" in refusal(path)
    else:
        assert read_frame(path).mosaic.shape == MOSAIC.shape


def test_a_jpeg_that_announces_the_world(tmp_path):
    def encode(block):
        data = bytearray(maker.lossless_jpeg(block, 16))
        place = data.index(b"\xff\xc3")
        data[place + 5 : place + 9] = b"\xff\xff\xff\xff"
        return bytes(data)

    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=7, encode=encode)
    assert "samples for 12x12" in refusal(path)


def test_jpeg_xl_of_another_size_and_lossy_kind(tmp_path):
    encode = lambda block: bytes(imagecodecs.jpegxl_encode(np.zeros((50, 50, 3), np.uint8)))  # noqa: E731
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=52546, encode=encode)
    assert "JPEG XL" in refusal(path)


def test_unknown_compression(tmp_path):
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=9)
    assert "neither vidisp nor LibRaw decodes" in refusal(path)


def test_more_samples_than_the_data_can_hold(tmp_path):
    extra = {"t256": (LONG, 20000), "t257": (LONG, 20000), "t278": (LONG, 20000)}
    path = maker.make_dng(tmp_path / "a.dng", MOSAIC, compression=8, encode=maker.deflate, **extra)
    assert "which cannot be" in refusal(path)


def test_directories_that_point_at_each_other(tmp_path):
    builder = maker.Builder()
    tags = maker.raw_tags(MOSAIC, t262=(SHORT, 2))
    place = len(builder.body)
    first = builder.ifd({**tags, 330: (LONG, [8] * 1000)})
    assert place < first
    assert "no raw image" in refusal(builder.save(tmp_path / "a.dng", first))


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_bytes_give_a_frame_or_a_refusal(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.dng"
    maker.make_dng(path, MOSAIC, compression=7, encode=lambda b: maker.lossless_jpeg(b, 16, 2), t330=(LONG, (90, 900)))
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(body[: data.draw(st.integers(len(body) - 40, len(body)))])
    try:
        frame = read_frame(path)
    except InputError:
        return
    assert frame.mosaic.shape == (frame.sensor.height, frame.sensor.width)

"""Models that look at neighbouring frames, through the whole engine: nothing but the frames decides the result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch

import vidisp
from tests.conftest import frames
from tests.stream.conftest import random_network, release
from vidisp.codec import open_video
from vidisp.errors import InputError, UsageError, VidispError
from vidisp.flow import Conditions, FlowISP, Passage
from vidisp.isp import choose_look, mosaic_to_quads
from vidisp.raw import Clip, write_dng
from vidisp.stream import developer, recover
from vidisp.stream.models import MODELS
from vidisp.stream.places import with_neighbours
from vidisp.stream.strips import tiles
from vidisp.stream.windows import Window

HALO = 4  # frames that a recovered frame depends on, of the network in `conftest`

pytestmark = pytest.mark.usefixtures("released")


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """60 frames (a segment is 48), the seventh of which begins another shot."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for i, frame in enumerate(frames(60, width=94, height=62, first=200)):
        mosaic = frame.mosaic if i < 7 else np.ascontiguousarray(16895 - frame.mosaic[::-1, ::-1])
        write_dng(folder / f"{frame.number:04d}.dng", dataclasses.replace(frame, mosaic=mosaic))
    return folder


def planes(video: Path) -> np.ndarray:
    with av.open(str(video)) as source:
        return np.stack([frame.to_ndarray() for frame in source.decode(video=0)]).astype(int)


def mosaics(folder: Path) -> np.ndarray:
    return np.stack([np.load(path) for path in sorted(folder.iterdir())]).astype(int)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for a few samples in a thousand that a sum in another order has put on the other side of a rounding."""
    return a.shape == b.shape and np.abs(a - b).max() <= 1 and (a != b).mean() < 3e-3


def recovered(video: Path, **options: object) -> np.ndarray:
    folder = video.with_name(f"{video.stem}-{'-'.join(map(str, options.values()))}")
    vidisp.recover(video, folder, format="npy", **options)
    return mosaics(folder)


def test_chunks_jobs_and_tiles_change_nothing(shots, tmp_path, monkeypatch):
    """With cuts and two segments, the second one odd in length."""
    choices = {
        "one": {"chunk": 1},
        "three": {"chunk": 3},
        "sixteen": {"chunk": 16},
        "all": {"chunk": 99},
        "jobs": {"jobs": 2},
    }
    for name, options in choices.items():
        vidisp.render(shots, tmp_path / f"{name}.mkv", codec="ffv1", model="flow-s", frames=":59", **options)
    vidisp.render(shots, tmp_path / "lift.mkv", codec="ffv1", frames=":59")
    first = planes(tmp_path / "one.mkv")
    for name in choices:
        assert same(planes(tmp_path / f"{name}.mkv"), first)
    assert np.abs(planes(tmp_path / "lift.mkv") - first).mean() > 1
    raw = recovered(tmp_path / "one.mkv", chunk=1)
    for chunk in (3, 16, 99):
        assert same(recovered(tmp_path / "one.mkv", chunk=chunk), raw)
    monkeypatch.setitem(developer._QUADS, "cpu", 1)
    assert same(recovered(tmp_path / "one.mkv", chunk=4), raw)


def test_unrounded_planes_do_not_depend_on_chunks_and_tiles():
    """A picture larger than the model's reach, so that a tile is not the whole of it."""
    clip = frames(12, width=300, height=280)
    s = clip[0].sensor
    isp = FlowISP(choose_look(clip[:1]), random_network(), Conditions(3.0, 1.0))
    quads = [mosaic_to_quads(torch.from_numpy(f.mosaic)[None], s.cfa, s.black, s.white) for f in clip]
    whole = isp.forward(torch.cat(quads), Passage.whole(12, [5]))
    chunk = isp.forward(torch.cat(quads[2:10]), Passage(2, (False, *(i != 5 for i in range(3, 10)))))
    assert float((chunk[2:6] - whole[4:8]).abs().max()) < 1e-5 * 255
    parts = tiles(140, 150, isp.reach, 1)
    assert len(parts) > 1
    for tile in parts:
        piece = isp.forward(torch.cat(quads)[:, :, *tile.read(1)], Passage.whole(12, [5]))
        assert float((piece[:, :, *tile.keep(1)] - whole[:, :, *tile.write(1)]).abs().max()) < 1e-5 * 255


def test_cuts_and_ends_are_in_the_records(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mp4", model="flow-s", preset="ultrafast", frames="2:55")
    with open_video(tmp_path / "out.mp4") as reader:
        records = [frame.record for frame in reader.decode()]
        clip = reader.require_recoverable()
    assert [r.index for r in records if r.cut] == [7]
    assert [r.index for r in records if r.last] == [47, 54]
    assert [r.position for r in records] == [*range(46), *range(7)]
    assert (clip.model, len(clip.model_hash)) == ("flow-s-1", 64)
    assert clip.conditions["step"] == pytest.approx(0.625 * 2 ** (14 / 6), rel=1e-4)
    assert 1 < clip.conditions["noise"] < 12


def test_nothing_is_looked_at_across_a_cut(shots, tmp_path):
    """Frames beside the cut come back as well as those far from it."""
    vidisp.render(shots, tmp_path / "out.mkv", codec="ffv1", model="flow-s", frames=":14")
    clip = Clip.open(shots)
    before = np.stack([clip.read(i).mosaic for i in range(14)]).astype(int)
    errors = np.sqrt(np.square(recovered(tmp_path / "out.mkv") - before).mean((1, 2)))
    assert errors[[5, 6]].max() < 1.5 * errors[:4].max()
    assert errors[[7, 8]].max() < 1.5 * errors[10:].max()


def test_the_lift_writes_what_it_always_wrote(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mp4", preset="ultrafast", frames=":10")
    with open_video(tmp_path / "out.mp4") as reader:
        assert not any(frame.record.cut or frame.record.last for frame in reader.decode())
        assert reader.clip.conditions == {}
        assert reader.clip.model_hash is None


@pytest.mark.parametrize(("width", "height"), [(64, 48), (67, 45)])
@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_a_single_frame_of_any_size_comes_back(make_clip, tmp_path, cfa, width, height):
    clip, back = make_clip(1, cfa=cfa, width=width, height=height), tmp_path / "back"
    vidisp.render(clip, tmp_path / "out.mkv", codec="ffv1", model="flow-s")
    assert vidisp.recover(tmp_path / "out.mkv", back).approximate == ()
    before, after = Clip.open(clip).read(0), Clip.open(back).read(0)
    assert after.sensor == before.sensor
    assert vidisp.evaluate(clip, back).to_dict()["psnr_bayer"] > 30


@pytest.mark.parametrize("part", ["0:3", "5:9", "44:52", "47:48", "58:60"])
def test_a_part_is_recovered_as_in_the_whole(shots, tmp_path, part):
    vidisp.render(shots, tmp_path / "out.mp4", model="flow-s", preset="veryfast")
    whole = recovered(tmp_path / "out.mp4")
    first, last = map(int, part.split(":"))
    found = vidisp.recover(tmp_path / "out.mp4", tmp_path / "part", format="npy", frames=part)
    assert (found.frames, found.approximate) == (last - first, ())
    assert same(mosaics(tmp_path / "part"), whole[first:last])
    assert sorted(p.name for p in (tmp_path / "part").iterdir())[0] == f"frame_{200 + first:06d}.npy"


def test_neighbours_are_those_of_the_same_segment(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mp4", model="flow-s", preset="ultrafast")
    clips = open_video(tmp_path / "out.mp4").clips.values()
    assert with_neighbours(clips, range(48, 60), HALO) == range(48, 64)  # the reader knows the end
    assert with_neighbours(clips, range(10, 12), HALO) == range(6, 16)
    assert with_neighbours(clips, range(46, 50), HALO) == range(42, 54)
    assert with_neighbours(clips, range(46, 50), 0) == range(46, 50)


def trim(source: Path, target: Path, keep: Callable[[int], bool]) -> None:
    """A plain copy of some packets; in presets without B-frames they are in display order."""
    with av.open(str(source)) as before, av.open(str(target), "w") as after:
        video = before.streams.video[0]
        copy = after.add_stream_from_template(video, opaque=True)
        after.metadata.update(before.metadata)
        for i, packet in enumerate(p for p in before.demux(video) if p.size):
            if keep(i):
                packet.stream = copy
                after.mux(packet)


def test_after_a_trim_the_frames_beside_the_gap_are_approximate(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mkv", model="flow-s", preset="ultrafast")
    whole = recovered(tmp_path / "out.mkv")
    trim(tmp_path / "out.mkv", tmp_path / "short.mkv", lambda i: i < 30)
    found = vidisp.recover(tmp_path / "short.mkv", tmp_path / "back", format="npy", chunk=5)
    assert found.approximate == tuple(range(200 + 30 - HALO, 200 + 30))
    raw = mosaics(tmp_path / "back")
    assert len(raw) == 30
    assert same(raw[: 30 - HALO], whole[: 30 - HALO])
    assert not same(raw, whole[:30])


def test_a_trim_at_a_cut_or_a_segment_harms_nothing(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mkv", model="flow-s", preset="ultrafast")
    trim(tmp_path / "out.mkv", tmp_path / "short.mkv", lambda i: i >= 48)
    assert vidisp.recover(tmp_path / "short.mkv", tmp_path / "back").approximate == ()


def test_parts_rendered_apart_are_whole_each(shots, tmp_path):
    """The first ends in the middle of a segment, and the second begins there: there are no frames beyond."""
    for name, part in {"a": ":20", "b": "20:30"}.items():
        vidisp.render(shots, tmp_path / f"{name}.mp4", model="flow-s", frames=part)
        assert vidisp.recover(tmp_path / f"{name}.mp4", tmp_path / name).approximate == ()


def test_a_stopped_recovery_goes_on_to_the_same_frames(shots, tmp_path):
    vidisp.render(shots, tmp_path / "out.mp4", model="flow-s", preset="ultrafast", frames=":30")
    whole = recovered(tmp_path / "out.mp4")

    def stop(now: object) -> None:
        if now.done == 13:
            raise KeyboardInterrupt

    with pytest.raises(VidispError, match="stopped"):
        vidisp.recover(tmp_path / "out.mp4", tmp_path / "back", format="npy", progress=stop)
    seen = []
    found = vidisp.recover(tmp_path / "out.mp4", tmp_path / "back", format="npy", resume=True, progress=seen.append)
    assert seen[-1].resumed >= 13
    assert (found.frames, found.approximate) == (30, ())
    assert same(mosaics(tmp_path / "back"), whole)


def test_memory_that_runs_out_halves_the_chunk(shots, tmp_path, monkeypatch):
    vidisp.render(shots, tmp_path / "out.mp4", model="flow-s", preset="ultrafast", frames=":20")
    whole = recovered(tmp_path / "out.mp4")
    original, sizes = recover._Recovery._mosaics, []

    def small(self: object, window: Window) -> list[np.ndarray]:
        if len(window.inner) > 3:
            raise MemoryError
        sizes.append(len(window.items))
        return original(self, window)

    monkeypatch.setattr(recover._Recovery, "_mosaics", small)
    assert same(recovered(tmp_path / "out.mp4", chunk=8), whole)
    assert max(sizes) <= 3 + 2 * HALO


def test_other_weights_of_the_same_id_are_refused(make_clip, tmp_path, released):
    vidisp.render(make_clip(2), tmp_path / "out.mp4", model="flow-s")
    release(released, "flow-s-1", random_network(seed=1))
    with pytest.raises(InputError, match=r"weights of the model 'flow-s-1' that this version does not know") as caught:
        vidisp.recover(tmp_path / "out.mp4", tmp_path / "back")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob(".*"))


def test_a_model_that_is_not_there_is_refused(make_clip, tmp_path, released, monkeypatch):
    clip = make_clip(2)
    vidisp.render(clip, tmp_path / "out.mp4", model="flow-s")
    (released / "flow-s-1.safetensors").unlink()
    with pytest.raises(InputError, match="'flow-s-1', which this version does not have"):
        vidisp.recover(tmp_path / "out.mp4", tmp_path / "back")
    monkeypatch.delitem(MODELS, "flow-s")
    with pytest.raises(UsageError, match="no model 'flow-s'"):
        vidisp.render(clip, tmp_path / "more.mp4", model="flow-s")


@pytest.mark.parametrize(
    "changes",
    [{"conditions": {}}, {"conditions": {"step": 1e9, "noise": 1.0}}, {"conditions": {"step": [1], "noise": 1.0}},
     {"model_hash": None}, {"model": "../flow-s-1"}, {"model": "x" * 4000}],
)  # fmt: skip
def test_hostile_records_are_one_clear_line(make_clip, tmp_path, monkeypatch, changes):
    vidisp.render(make_clip(2), tmp_path / "out.mp4", model="flow-s")
    real = open_video

    def forged(*arguments: object, **options: object):
        reader = real(*arguments, **options)
        reader.clips = {key: dataclasses.replace(clip, **changes) for key, clip in reader.clips.items()}
        return reader

    monkeypatch.setattr(recover, "open_video", forged)
    with pytest.raises(InputError) as caught:
        vidisp.recover(tmp_path / "out.mp4", tmp_path / "back")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300

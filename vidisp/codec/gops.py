"""Which packets must be decoded for which frames, and which of those frames can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vidisp.codec.record import ClipRecord
from vidisp.codec.scan import PacketInfo


@dataclass(frozen=True, slots=True)
class Target:
    """A wanted frame: its packet, its index in its clip, and whether it and its references are untouched."""

    packet: PacketInfo
    index: int
    clip: ClipRecord
    intact: bool


Targets = Mapping[int, Target]
"""Wanted frames by time stamp."""


def exact_targets(
    packets: Sequence[PacketInfo], clips: Mapping[str, ClipRecord], start: int, stop: int | None
) -> Targets:
    """Frames that carry their own record and belong to a known clip."""
    found: dict[int, Target] = {}
    for packet, intact in zip(packets, _intact(packets), strict=True):
        record = packet.record
        if record is None or intact is None or record.clip_id not in clips:
            continue
        if start <= record.index < (record.index + 1 if stop is None else stop):
            found[packet.pts] = Target(packet, record.index, clips[record.clip_id], intact)
    return found


def timed_targets(
    packets: Sequence[PacketInfo], clip: ClipRecord, time_base: Fraction, start: int, stop: int | None
) -> Targets:
    """Frames without records, numbered by their time from the first one; of two for one index, the first."""
    origin = min((packet.pts for packet in packets), default=0)
    found: dict[int, Target] = {}
    taken: set[int] = set()
    for packet in sorted(packets, key=lambda p: p.pts):
        index = clip.first + round((packet.pts - origin) * time_base * clip.fps)
        wanted = start <= index < min(clip.frames, clip.frames if stop is None else stop)
        if wanted and index not in taken:
            found[packet.pts] = Target(packet, index, clip, False)
            taken.add(index)
    return found


def needed_runs(packets: Sequence[PacketInfo], targets: Targets) -> list[list[PacketInfo]]:
    """Runs of neighbouring packets, each from a key frame to a last wanted packet, without needless GOPs."""
    runs: list[list[PacketInfo]] = []
    joined = False
    for gop in _gops(packets):
        wanted = [i for i, packet in enumerate(gop) if packet.pts in targets]
        needed = gop[: wanted[-1] + 1] if wanted else []
        if needed and joined:
            runs[-1] += needed
        elif needed:
            runs.append(needed)
        joined = len(needed) == len(gop)
    return runs


def _intact(packets: Sequence[PacketInfo]) -> list[bool | None]:
    """Per packet: untouched with all that was coded before it in its GOP; None before the first key frame."""
    states: list[bool | None] = []
    sound: bool | None = None
    order = 0
    for packet in packets:
        if packet.key:
            sound, order = True, packet.record.order if packet.record else 0
        follows = packet.record is not None and packet.record.order == order
        sound = sound and packet.unchanged and follows if sound is not None else None
        states.append(sound)
        order += 1
    return states


def _gops(packets: Sequence[PacketInfo]) -> list[list[PacketInfo]]:
    """Packets cut before every key frame; those before the first one cannot be decoded and are left out."""
    gops: list[list[PacketInfo]] = []
    for packet in packets:
        if packet.key:
            gops.append([packet])
        elif gops:
            gops[-1].append(packet)
    return gops

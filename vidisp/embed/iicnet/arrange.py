"""Which pictures the network is given for a conversion, and what those it gives back mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidisp.embed.conversion import Conversion, Facts, Restored
from vidisp.errors import InputError

_NOTHING = 8
"""Alpha that is taken for none, and as near to all for that: what is clear or opaque must not come back as haze."""


def arranged(conversion: Conversion, most: int) -> list[np.ndarray]:
    """The reference and the other pictures, (H, W, 3) uint8 each. A foreground goes without holes, for what is in those
    is never seen; its alpha goes as a grey picture.

    Raises:
        InputError: more pictures beside the reference than `most`, which the network takes.
    """
    facts = conversion.facts
    others = [picture for number, picture in enumerate(conversion.pictures) if number != facts.reference]
    if conversion.alpha is not None:
        alpha = conversion.alpha[..., None]
        others[0] = np.where(alpha > 0, others[0], conversion.reference)
        others.append(np.repeat(alpha, 3, axis=2))
    if len(others) > most:
        what = f"{facts.count} pictures are too many for the method iicnet"
        raise InputError(what, hint=f"at most {most + (facts.reference is not None)}, or --method payload")
    return [conversion.reference, *others]


def other_count(facts: Facts) -> int:
    """How many pictures `arranged` has beside the reference."""
    return facts.count - (facts.reference is not None) + (facts.task == "layers")


def rearranged(pictures: Sequence[np.ndarray], facts: Facts) -> Restored:
    """The inverse of `arranged`, of pictures that came back."""
    reference, *others = pictures
    if facts.task == "layers":
        *others, grey = others
        alpha = np.rint(grey.mean(-1)).astype(np.uint8)
        alpha[alpha <= _NOTHING], alpha[alpha >= 255 - _NOTHING] = 0, 255
        return Restored(tuple(others), alpha)
    if facts.reference is not None:
        others.insert(facts.reference, reference)
    return Restored(tuple(others))

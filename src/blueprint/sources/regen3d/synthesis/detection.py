"""What a detector finds in the photo: which things, under which names, and why not the others."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.assets.lexicon import all_categories
from blueprint.contracts.reconstruction_truth import UnseenObject, UnseenReason
from blueprint.sources.regen3d.synthesis.camera import LEAST_INSIDE, Photo, share_inside
from blueprint.sources.regen3d.synthesis.noise import Noise
from blueprint.sources.regen3d.synthesis.room import Thing, TrueRoom

__all__ = ["Detection", "detect", "eroded"]

_LEAST_PX = 40
_LEAST_CORE_PX = 4  # what is left of the mask after erosion: below, 3D-RE-GEN has no points to fit to
_MOST = 30
_ADJECTIVES = ("small", "large", "dark", "light", "modern", "old")


@dataclass(frozen=True)
class Detection:
    """`name` is `<label>__(<x>, <y>)` with the middle of the box of what is seen, px; `mask` (height, width) bool."""

    thing: Thing
    name: str
    label: str
    mask: NDArray[np.bool_]
    relabelled: bool

    @property
    def visible_px(self) -> int:
        return int(self.mask.sum())


def detect(
    room: TrueRoom, photo: Photo, noise: Noise, rng: np.random.Generator
) -> tuple[list[Detection], list[UnseenObject]]:
    """Return what is found, largest first and at most 30, and the rest with the reasons."""
    order = np.argsort([-int((photo.owner == number).sum()) for number in range(len(room.things))], kind="stable")
    found: dict[str, Detection] = {}
    unseen = []
    for number in order:
        thing = room.things[int(number)]
        mask = photo.owner == int(number)
        reason = _why_not(thing, mask, photo)
        missed, word = rng.uniform() < noise.missed, _word(thing, noise, rng)
        if reason is None and (missed or len(found) >= _MOST):
            reason = "missed"
        if reason is not None:
            unseen.append(UnseenObject(object_id=thing.object_id, category=thing.category, reason=reason))
            continue
        name, label = _name(word[0], mask, found)
        found[name] = Detection(thing, name, label, mask, word[1])
    return list(found.values()), unseen


def eroded(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask as 3D-RE-GEN keeps it: its border of some pixels taken off."""
    return np.asarray(ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=2), bool)


def _why_not(thing: Thing, mask: NDArray[np.bool_], photo: Photo) -> UnseenReason | None:
    inside = share_inside(photo.eye, thing)
    if inside == 0:
        return "out_of_view"
    if not mask.any():
        return "hidden"
    if inside < LEAST_INSIDE:
        return "cut_off"
    if mask.sum() < _LEAST_PX or eroded(mask).sum() < _LEAST_CORE_PX:
        return "too_small"
    return None


def _word(thing: Thing, noise: Noise, rng: np.random.Generator) -> tuple[str, bool]:
    """What the detector calls it, and whether that is not its plain noun. The draws do not depend on the outcome."""
    known = all_categories().get(thing.category)
    nouns = known.nouns[:4] if known else (thing.category.replace("_", " "),)
    other, kind, adjective = nouns[int(rng.integers(len(nouns)))], int(rng.integers(4)), rng.choice(_ADJECTIVES)
    if rng.uniform() >= noise.relabelled:
        return nouns[0], False
    plural = nouns[0] if nouns[0].endswith("s") else f"{nouns[0]}s"
    in_pot = "plant in pot" if "plant" in nouns[0] else f"{adjective} {nouns[0]}"
    word = (other, plural, in_pot, f"{other}.")[kind]
    return word, word != nouns[0]


def _name(word: str, mask: NDArray[np.bool_], taken: dict[str, Detection]) -> tuple[str, str]:
    label = re.sub(r"[ .]", "_", word)
    rows, columns = np.nonzero(mask)
    x, y = int(columns.min() + columns.max()) // 2, int(rows.min() + rows.max()) // 2
    while f"{label}__({x}, {y})" in taken:
        x += 1
    return f"{label}__({x}, {y})", label

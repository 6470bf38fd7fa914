"""Things seen from above: footprints, sweeps of what opens, and how a kind is usually turned; kept by asset."""

from dataclasses import dataclass, field

import numpy as np

from blueprint.assets.lexicon import ancestors
from blueprint.contracts.asset import AssetModel
from blueprint.physics.extent import asset_points, swept_parts
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.board import Piece, Zone
from blueprint.sources.rooms.nesting import stack_pitch_m

__all__ = ["Pieces", "zone_of"]

_FRONTED = frozenset((
    "monitor", "laptop", "clock", "picture_frame", "microwave", "toaster", "coffee_machine", "printer", "cash_register",
    "television", "speaker", "keyboard", "box_with_lid", "toolbox", "letter_tray", "bread_box", "jewelry_box", "camera",
    "teddy_bear", "binder", "pillow", "folded_blanket", "folded_towel", "tray", "basket", "crate", "tissue_box", "safe",
    "cereal_box", "carton", "router", "calculator", "dish_rack", "test_tube_rack", "centrifuge", "microscope",
    "kitchen_scale", "suitcase", "drawer_unit", "piano", "cutting_board",
))  # fmt: skip
_BACK = frozenset((
    "monitor", "television", "desk_lamp", "picture_frame", "vase", "potted_plant", "microwave", "toaster", "kettle",
    "coffee_machine", "printer", "bread_box", "pillow", "clock", "binder", "dish_rack", "blender", "soap_dispenser",
    "letter_tray", "globe", "teddy_bear", "box_with_lid", "jar", "speaker", "crate", "suitcase",
))  # fmt: skip
_FRONT = frozenset(("keyboard", "mouse", "notebook", "folded_blanket", "knife", "phone", "remote", "laptop"))
_MIDDLE = frozenset(("bowl", "pitcher", "candle"))
_TURN = 0.12
_LYING = 1.6  # a thing this many times longer than wide lies along or across


@dataclass
class Pieces:
    """Caches by asset id, as many things of a room are alike."""

    _pieces: dict[str, Piece] = field(default_factory=dict)
    _pitches: dict[str, float] = field(default_factory=dict)

    def piece(self, model: AssetModel, kind: str) -> Piece:
        """Return what placing needs to know of an asset."""
        if model.asset_id not in self._pieces:
            points = asset_points(model)
            still = Footprint.of(points, 0.0, 0.0, 0.0)
            height = float(np.ptp(points[:, 2]))
            sweep = None
            if model.is_articulated:
                opened = np.concatenate([points, *swept_parts(model)])
                sweep, height = Footprint.of(opened, 0.0, 0.0, 0.0), float(np.ptp(opened[:, 2]))
            self._pieces[model.asset_id] = Piece(model, still, height, sweep, _turns(still, kind, sweep is not None))
        return self._pieces[model.asset_id]

    def pitch_m(self, model: AssetModel) -> float:
        """Return the rise from one of a stack to the next."""
        if model.asset_id not in self._pitches:
            self._pitches[model.asset_id] = stack_pitch_m(model)
        return self._pitches[model.asset_id]


def zone_of(kind: str, shelf: bool) -> Zone:
    """Which part of a surface's depth a kind prefers; on a shelf the front, where it is seen."""
    names = list(ancestors(kind))
    if any(name in _FRONT for name in names):
        return "front"
    if any(name in _BACK for name in names):
        return "any" if shelf else "back"
    return "middle" if any(name in _MIDDLE for name in names) and not shelf else "any"


def _turns(still: Footprint, kind: str, articulated: bool) -> tuple[tuple[float, float], ...]:
    """Things with a front look to -Y; long ones lie along or across; round and square ones may be turned at will."""
    if articulated:
        return ((0.0, 0.0),)
    if any(name in _FRONTED for name in ancestors(kind)):
        return ((0.0, _TURN),)
    longer, shorter = max(still.half_x, still.half_y), min(still.half_x, still.half_y)
    if longer > _LYING * shorter:
        across = (0.0, _TURN)
        along = (np.pi / 2, _TURN)
        return (along, across) if still.half_x > still.half_y else (across, along)
    return ((0.0, np.pi),)

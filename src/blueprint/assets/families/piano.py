"""An upright piano."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.families.fittings import add_lid, lip
from blueprint.assets.finish import finish
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import GAP_M
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["piano"]

_WHITE_KEYS = 52
_BLACK_AFTER = frozenset({0, 2, 3, 5, 6})  # of the seven from A: after A, C, D, F and G


@generator(
    "piano",
    nouns=("piano", "upright piano", "pianoforte"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((1.35, 0.5, 1.0), (1.65, 0.75, 1.4)),
)
def piano(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An upright piano with 88 keys under a fall-board that opens, a music desk and three pedals."""
    make = AssetBuilder(request, "Piano", "an upright piano with a fall-board over its keys")
    color = request.color or (None if request.material else str(rng.choice(["black", "black", "mahogany", "walnut"])))
    wood = finish(make, "wood", rng, request.material, color, default_material="mahogany", default_color="mahogany")
    brass = finish(make, "brass", rng, "brass", None, default_material="brass", default_color="brass")
    w, d, h = 1.48, 0.58, 1.20
    deep, bed_z, bed_t, cheek = 0.33, 0.62, 0.08, 0.05  # of the case; of the key bed; of the blocks beside the keys
    front, case_y = -d / 2, (d - deep) / 2
    case_front = d / 2 - deep
    body = make.link("body", "wood")
    body.panel((w, deep, h - 0.03), (0, case_y, (h - 0.03) / 2), wood, bevel=0.004)
    body.panel((w + 0.02, deep + 0.03, 0.03), (0, case_y - 0.005, h - 0.015), wood, bevel=0.008)
    reach = case_front - front
    body.panel((w, reach, bed_t), (0, (case_front + front) / 2, bed_z + bed_t / 2), wood, bevel=0.006)
    cheek_h = 0.075
    for sign in (-1, 1):
        at = (sign * (w - cheek) / 2, (case_front + front) / 2, bed_z + bed_t + cheek_h / 2)
        body.panel((cheek, reach, cheek_h), at, wood, bevel=0.008)
        body.panel(
            (0.06, 0.06, bed_z - 0.04),
            (sign * (w / 2 - 0.05), front + 0.06, 0.04 + (bed_z - 0.04) / 2),
            wood,
            grain="z",
        )
        body.panel(
            (0.07, reach + 0.02, 0.04), (sign * (w / 2 - 0.05), front + reach / 2 + 0.01, 0.02), wood, bevel=0.01
        )
    keys_w = w - 2 * cheek - 0.04
    _keys(make, body, keys_w, front + 0.025, bed_z + bed_t)
    desk = (0.62, 0.012, 0.14)
    body.panel(desk, (0, case_front - 0.008, bed_z + bed_t + 0.31 + desk[2] / 2), wood, bevel=0.004)
    body.panel((desk[0], 0.03, 0.012), (0, case_front - 0.030, bed_z + bed_t + 0.304), wood, bevel=0.003)
    for x in (-0.07, 0.0, 0.07):
        body.visual(mesh.beveled_box((0.026, 0.10, 0.012), 0.005, 2, center=(x, case_front - 0.05, 0.045)), brass)
    body.collide(colliders.box("pedals", (0.17, 0.10, 0.012), (0, case_front - 0.05, 0.045)))
    body.mass(volume_m3=w * deep * h, solid_fraction=0.25, contents_kg=110.0)  # the iron frame
    make.region(
        "top",
        "top",
        center=(0, case_y - 0.005, h),
        half_extents=(w / 2 - 0.02, deep / 2 - 0.015),
        clearance_m=0.5,
    )
    fall = 0.205
    lid = add_lid(
        make,
        "fallboard",
        case=body,
        hinge_at=(0, case_front - 0.022, bed_z + bed_t + 0.045),
        size=(w - 2 * cheek - 2 * GAP_M, fall, 0.016),
        material=wood,
        mass_kg=2.2,
        upper=1.45,
        hold=0.35,
        bevel=0.005,
    )
    make.grasp(lip(lid, (0, -fall, 0.008), brass, 0.09, 0.034))
    return make.build()


def _keys(make: AssetBuilder, body: LinkBuilder, width: float, front: float, z: float) -> None:
    """Add 52 white and 36 black keys from y = `front` on the bed at `z`; they are collided with as one board."""
    ivory = make.material("ivory", (0.86, 0.85, 0.80), roughness=0.3)
    ebony = make.material("ebony", (0.015, 0.015, 0.016), roughness=0.3)
    pitch, long, high = width / _WHITE_KEYS, 0.145, 0.022
    for i in range(_WHITE_KEYS):
        x = (i + 0.5) * pitch - width / 2
        body.visual(
            mesh.beveled_box((pitch - 0.0014, long, high), 0.0, center=(x, front + long / 2, z + high / 2)), ivory
        )
        if i % 7 in _BLACK_AFTER and i + 1 < _WHITE_KEYS:
            at = (x + pitch / 2, front + 0.05 + 0.0475, z + high + 0.005)
            body.visual(mesh.beveled_box((0.55 * pitch, 0.095, 0.010), 0.0, center=at), ebony)
    body.collide(colliders.box("keys", (width, long, high + 0.010), (0, front + long / 2, z + (high + 0.010) / 2)))

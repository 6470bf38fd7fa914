"""A labelled stand-in for a noun that no generator knows."""

import math

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.finish import physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import box_grasps, side_grasps, top_grasps
from blueprint.assets.registry import PROXY, AssetRequest, generator
from blueprint.contracts.errors import InputError

__all__ = ["proxy"]

_SHAPES = {
    "box": (0.07, 0.07, 0.09),
    "cylinder": (0.065, 0.065, 0.10),
    "flat": (0.15, 0.10, 0.025),
    "tall": (0.06, 0.06, 0.20),
}
_MAX_LABEL = 24
_LARGEST_M = 3.0
_SOLID = 0.3  # of a small body that is material
_WALL_M = 0.006  # of a large one, which is a shell: a stand-in of a wardrobe is no block of plastic


@generator(
    PROXY,
    nouns=(),
    footing="surface",
    sim_role="manipulable_object",
    size_range_m=((0.01, 0.01, 0.01), (_LARGEST_M, _LARGEST_M, _LARGEST_M)),
    options=("label", "shape", "width", "depth", "height"),
)
def proxy(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A box, cylinder, flat or tall body that carries the requested noun as print.

    Options: `label` (the noun), `shape`, `width`, `depth`, `height` in m. Raises InputError for other shapes.
    """
    label = str(request.option("label", "object"))[:_MAX_LABEL]
    shape = str(request.option("shape", "box"))
    if shape not in _SHAPES:
        raise InputError(f"no proxy shape {shape!r}; there are {sorted(_SHAPES)}.", remedy="use one of these.")
    make = AssetBuilder(request, f"Stand-in for {label}", f"a labelled stand-in for a {label}")
    factor = size_factor(request.size)
    w, d, h = (
        float(np.clip(float(request.option(name, default * factor)), 0.01, _LARGEST_M))
        for name, default in zip(("width", "depth", "height"), _SHAPES[shape], strict=True)
    )
    tint = color_of(request.color or str(rng.choice(["teal", "orange", "purple", "lime", "pink"])), "teal")
    round_body = shape == "cylinder"
    print_ = textures.label(rng, tint, label, repeats=2 if round_body else 1)
    surface = make.material("print", tint, roughness=0.6, texture=print_, tile_m=None)
    plain = make.material("plain", tint, roughness=0.6)
    physics = physics_material_of(request.material, "plastic")
    body = make.link("body", physics)
    if round_body:
        radius = w / 2
        side = mesh.lathe([(radius, 0.0), (radius, h)], 40)
        body.visual(mesh.unit_uvs(side), surface)
        body.visual(mesh.moved(mesh.lathe([(radius, 0), (0, 0)], 40), (0, 0, h)), plain)
        body.visual(mesh.lathe([(0, 0), (radius, 0)], 40), plain)
        body.collide(colliders.cylinder("body", radius, 0.0, h))
        make.grasp(*top_grasps(radius, h), *side_grasps(radius, max(0.55 * h, 0.045)))
        volume = np.pi * radius**2 * h
    else:
        body.visual(_printed_box(w, d, h), surface)
        body.collide(colliders.box("body", (w, d, h), (0, 0, h / 2)))
        make.grasp(*box_grasps((w, d, h)))
        volume = w * d * h
    inner = math.prod(max(0.0, side - 2 * _WALL_M) / side for side in (w, d, h))
    body.mass(volume_m3=volume, solid_fraction=float(min(_SOLID, 1.0 - inner)))
    make.param(label=label, shape=shape)
    return make.build()


def _printed_box(width: float, depth: float, height: float) -> mesh.TriangleMesh:
    """Return a box on z = 0 whose every face carries the whole image."""
    body = mesh.beveled_box((width, depth, height), 0.003, center=(0, 0, height / 2))
    rows = len(body.vertices) // 6
    uvs = body.uvs.reshape(6, rows, 2)
    span = uvs.max(axis=1, keepdims=True)
    return mesh.TriangleMesh(body.vertices, body.normals, (uvs / span).reshape(-1, 2), body.faces)

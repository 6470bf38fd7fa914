"""The true scene of a made reconstruction: a settled room of ours, and its things as meshes."""

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.library import load_asset
from blueprint.assets.mesh import moved, transformed
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.contracts.frames import Pose
from blueprint.contracts.reconstruction_truth import ReconstructionKind
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.seeds import derive_seed, rng_for
from blueprint.sources.settled import generate_settled_scene

__all__ = ["Thing", "ThingPart", "TrueRoom", "make_room", "prompt_of", "read_room"]

Array = NDArray[np.float64]
_SURFACE_POINTS = 160
_TEXTURE_PX = 256  # enough to look at, and a folder is written in a third of the time


@dataclass(frozen=True)
class ThingPart:
    """One mesh with one surface; `texture` is (H, W, 3) uint8 sRGB."""

    mesh: TriangleMesh
    material: SurfaceMaterial
    texture: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Thing:
    """An object with its joints closed: `parts` in a frame at the bottom centre of their extent."""

    item: SceneObject
    parts: list[ThingPart]
    pose_world_object: Pose
    size_m: tuple[float, float, float]
    is_articulated: bool

    @property
    def object_id(self) -> str:
        return self.item.id

    @property
    def category(self) -> str:
        return self.item.category or "object"

    @property
    def parent_id(self) -> str | None:
        return self.item.placement.parent_id if self.item.placement else None

    def points(self) -> Array:
        """Return its vertices (N, 3) in its own frame."""
        return np.concatenate([part.mesh.vertices for part in self.parts])

    def centre_world(self) -> Array:
        return self.pose_world_object.apply((0.0, 0.0, self.size_m[2] / 2))

    @cached_property
    def outline(self) -> Array:
        """Return up to 160 vertices (N, 3), spread over it: each is the furthest from those before it."""
        points = np.unique(np.round(self.points(), 5), axis=0)
        chosen = [int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1)))]
        distance = np.linalg.norm(points - points[chosen[0]], axis=1)
        while len(chosen) < min(_SURFACE_POINTS, len(points)):
            chosen.append(int(np.argmax(distance)))
            distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
        return points[chosen]


@dataclass(frozen=True)
class TrueRoom:
    """`things` may be detected; `architecture` is the shell with its doors and windows. `low` and `high` are the inner
    corners of the room, m."""

    prompt: str
    things: list[Thing]
    architecture: list[Thing]
    low: Array
    high: Array


def make_room(kind: ReconstructionKind, seed: int, folder: Path | None = None) -> TrueRoom:
    """Generate and settle a room of this kind; keep the scene in `folder` if one is given."""
    prompt = prompt_of(kind, seed)
    request = SceneRequest(schema_version="v1", scene_id=f"{kind}_{seed}", prompt=prompt)
    with tempfile.TemporaryDirectory() as scratch:
        scene_dir = folder or Path(scratch) / request.scene_id
        scene_dir.mkdir(parents=True, exist_ok=True)
        generate_settled_scene(request, derive_seed(seed, "reconstruction", kind), scene_dir)
        return read_room(scene_dir)


def read_room(scene_dir: Path) -> TrueRoom:
    """Return a generated scene as meshes; raises as reading a scene does."""
    scene = load_scene(scene_dir)
    assets = {name: load_asset(asset_dir(scene_dir, name)) for name in sorted(scene.assets)}
    openings = {
        opening["opening_id"]
        for room in scene.manifest.metadata.get("house", {}).get("rooms", [])
        for opening in room["openings"]
    }
    things: list[Thing] = []
    architecture: list[Thing] = []
    for item in scene.objects:
        thing = _thing(scene, item, assets[item.asset.asset_id or ""])
        (architecture if item.is_architecture or item.id in openings else things).append(thing)
    room = scene.manifest.scene.room
    assert room is not None  # a generated scene says how large its room is
    x, y, _ = room.origin
    half = np.array([room.bounds.width / 2, room.bounds.depth / 2])
    low, high = np.array([x, y]) - half, np.array([x, y]) + half
    prompt = str(scene.manifest.metadata["prompt"])
    return TrueRoom(prompt, things, architecture, np.append(low, 0.0), np.append(high, room.bounds.height))


def prompt_of(kind: ReconstructionKind, seed: int) -> str:
    """Return the words that the true scene is made from; another seed gives other counts, things and places."""
    rng = rng_for(seed, "reconstruction-prompt", kind)
    counts = {"a": _pick(rng, ["two", "three"]), "b": _pick(rng, ["two", "three", "four"])}
    pieces = {name: _pick(rng, choices) for name, choices in _CHOICES[kind].items()}
    return _TEMPLATES[kind].format(**counts, **pieces)


_TEMPLATES: dict[ReconstructionKind, str] = {
    "kitchen": (
        "A {size} kitchen with {appliances}, {table} with {b} chairs, {a} mugs on the table, a bowl on the table, two"
        " {fruit} in the bowl, a basket with two {goods} in it, {counter_thing} on the counter and {extra}."
    ),
    "office": (
        "{size} office with {desks}, two office chairs, {storage}, a laptop and {a} mugs on the desk, a crate on the"
        " desk, a book in the crate, a basket with two {goods} in it and {extra}."
    ),
    "warehouse": (
        "A {size} warehouse with two pallet racks, two pallets, {b} boxes on the pallet racks, a crate on each pallet,"
        " two bottles in the crate, a workbench, a bin on the workbench, two {goods} in the bin, {storage}, a barrel"
        " and {extra}."
    ),
}
_CHOICES: dict[ReconstructionKind, dict[str, list[str]]] = {
    "kitchen": {
        "size": ["5 m x 4.5 m", "4.5 m x 5 m", "5 m x 5 m"],
        "appliances": ["a counter, a fridge and a stove", "a counter, a fridge and a cabinet", "a counter, a sink"],
        "table": ["a dining table", "a round table", "a wooden table"],
        "fruit": ["apples", "lemons", "oranges"],
        "goods": ["bottles", "cans", "jars"],
        "counter_thing": ["a microwave", "a toaster", "a coffee machine", "a kettle"],
        "extra": ["a drawer unit", "a trash can", "a wall cabinet", "a potted plant"],
    },
    "office": {
        "size": ["A 4 m x 4.5 m", "A 5 m x 4.5 m", "A 5 m x 5 m"],
        "desks": ["two desks", "a desk and a table", "a desk and a desk with drawers"],
        "storage": ["a filing cabinet", "a bookcase and a drawer unit", "a filing cabinet and a shelf"],
        "goods": ["balls", "bottles", "cans"],
        "extra": ["a trash can", "a potted plant", "a printer", "a globe"],
    },
    "warehouse": {
        "size": ["6 m x 7 m", "7 m x 6 m", "7 m x 7 m"],
        "goods": ["cans", "jars", "balls"],
        "storage": ["a storage cabinet", "a tool chest", "a filing cabinet"],
        "extra": ["three traffic cones", "a hand truck", "a bucket and two traffic cones"],
    },
}  # fmt: skip


def _pick(rng: np.random.Generator, choices: list[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _thing(scene: Scene, item: SceneObject, asset: Asset) -> Thing:
    poses = asset.model.poses_asset_link()
    surfaces = {material.name: material for material in asset.model.materials}
    textures = {name: _smaller(image) for name, image in asset.textures.items()}
    parts = [
        ThingPart(
            transformed(asset.meshes[visual.mesh], poses[link.name]),
            surfaces[visual.material],
            textures.get(surfaces[visual.material].texture or ""),
        )
        for link in asset.model.links
        for visual in link.visuals
    ]
    points = np.concatenate([part.mesh.vertices for part in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    base = np.round([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], 6)
    parts = [ThingPart(moved(part.mesh, -base), part.material, part.texture) for part in parts]
    width, depth, height = np.round(high - low, 6).tolist()
    pose = scene.pose_world_object(item.id) @ Pose.of(base)
    return Thing(item, parts, pose, (width, depth, height), asset.model.is_articulated)


def _smaller(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, max(image.shape[:2]) // _TEXTURE_PX)
    return np.asarray(Image.fromarray(image).reduce(factor), np.uint8)

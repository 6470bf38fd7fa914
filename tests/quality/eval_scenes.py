"""A room of 4 m × 3 m with a door and a window, as a scene folder; tests break it in one way each."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import BoxShape, Collider, Region, SurfaceMaterial, Visual
from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.quality.scene_eval import EvalOptions
from blueprint.storage import layout
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

sys.path.insert(0, str(Path(__file__).parents[1] / "usd"))
from sample_assets import block, box_inertial, box_mesh, cabinet, part

QUICK = EvalOptions(renderer=None, thresholds=Thresholds(duration_s=1.0))
HOUSE = HousePlan(
    rooms=(
        RoomShape(
            room_id="room_1",
            room_type="office",
            x=0.0,
            y=0.0,
            width=4.0,
            depth=3.0,
            height=2.5,
            openings=(
                Opening(opening_id="door_1", kind="door", side="south", offset_m=1.0, width_m=0.9, height_m=2.0),
                Opening(
                    opening_id="window_1",
                    kind="window",
                    side="east",
                    offset_m=1.5,
                    width_m=1.0,
                    height_m=1.0,
                    sill_m=0.9,
                ),
            ),
        ),
    )
)
TABLE_TOP_M = 0.74


def boxes_asset(
    asset_id: str,
    boards: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]],
    mass: float,
    size: tuple[float, float, float],
    **more: object,
) -> Asset:
    """One link of boxes: name → (half extents, centre)."""
    link, _ = part("base", (0.1, 0.1, 0.1), (0, 0, 0.1), mass)
    link = link.model_copy(
        update={
            "visuals": [Visual(mesh=f"{name}_mesh", material="paint") for name in boards],
            "colliders": [
                Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(center))
                for name, (half, center) in boards.items()
            ],
            "inertial": box_inertial(mass, tuple(v / 2 for v in size), (0, 0, size[2] / 2)),  # type: ignore[arg-type]
        }
    )
    model = block(asset_id).model.model_copy(
        update={"links": [link], "size_m": size, "grasps": [], "materials": [PAINT], "category": asset_id, **more}
    )
    return Asset(model, {f"{name}_mesh": box_mesh(*board) for name, board in boards.items()}, {})


PAINT = SurfaceMaterial(name="paint", base_color=(0.8, 0.7, 0.5))


def shell() -> Asset:
    """Floor and walls; the door is 0.9 m wide, from x = 0.55 to 1.45 in the south wall."""
    boards = {
        "floor": ((2.1, 1.6, 0.05), (2, 1.5, -0.05)),
        "west": ((0.05, 1.6, 1.25), (-0.05, 1.5, 1.25)),
        "east": ((0.05, 1.6, 1.25), (4.05, 1.5, 1.25)),
        "north": ((2.0, 0.05, 1.25), (2, 3.05, 1.25)),
        "south_west": ((0.275, 0.05, 1.25), (0.275, -0.05, 1.25)),
        "south_east": ((1.275, 0.05, 1.25), (2.725, -0.05, 1.25)),
        "ceiling": ((2.1, 1.6, 0.05), (2, 1.5, 2.55)),
    }
    return boxes_asset("shell", boards, 1000.0, (4.2, 3.2, 2.7), sim_role="scene_shell")


def table() -> Asset:
    legs = {
        f"leg_{i}": ((0.03, 0.03, 0.35), (x, y, 0.35))
        for i, (x, y) in enumerate([(-0.45, -0.25), (0.45, -0.25), (-0.45, 0.25), (0.45, 0.25)])
    }
    top = Region(
        name="top", link="base", kind="top", pose_link_region=Pose.of((0, 0, TABLE_TOP_M)), half_extents=(0.5, 0.3),
        clearance_m=1.0,
    )  # fmt: skip
    boards = {"top": ((0.5, 0.3, 0.02), (0, 0, 0.72)), **legs}
    return boxes_asset("table", boards, 12.0, (1.0, 0.6, TABLE_TOP_M), sim_role="static", regions=[top])


def crate(asset_id: str = "crate", half: tuple[float, float, float] = (0.3, 0.3, 0.3)) -> Asset:
    boards = {"body": (half, (0.0, 0.0, half[2]))}
    size = (2 * half[0], 2 * half[1], 2 * half[2])
    return boxes_asset(asset_id, boards, 20.0, size, sim_role="static")


@dataclass
class RoomScene:
    """What stands in the room; `write` makes the folder."""

    house: HousePlan | None = HOUSE
    metadata: dict[str, Any] = field(default_factory=dict)
    things: list[tuple[SceneObject, Asset]] = field(default_factory=list)

    def add(
        self,
        object_id: str,
        asset: Asset,
        x: float,
        y: float,
        z: float = 0.0,
        yaw: float = 0.0,
        on: tuple[str, str] | None = None,
        **more: object,
    ) -> "RoomScene":
        placement = Placement(parent_id=on[0], region=on[1]) if on else None
        fields: dict[str, object] = {
            "id": object_id,
            "category": asset.model.category,
            "sim_role": asset.model.sim_role,
            "transform": Transform.of(Pose.of((x, y, z), quat_wxyz_from_yaw(yaw))),
            "asset": AssetReference(asset_id=asset.model.asset_id, path=f"assets/{asset.model.asset_id}"),
            "placement": placement,
            **more,
        }
        self.things.append((SceneObject.model_validate(fields), asset))
        return self

    def write(self, folder: Path, scene_id: str | None = None) -> Path:
        assets = {asset.model.asset_id: asset for _, asset in self.things}
        metadata = dict(self.metadata)
        if self.house is not None:
            metadata["house"] = self.house.model_dump()
        manifest = SceneManifest(
            version="1.0.0",
            scene_id=scene_id or folder.name,
            scene=SceneFrame(),
            objects=[item for item, _ in self.things],
            metadata=metadata,
        )
        for asset_id, asset in assets.items():
            author_asset(asset, folder / "assets" / asset_id)
            asset.model.write(folder / "assets" / asset_id / "metadata.json")
        manifest.write(folder / layout.SCENE_MANIFEST)
        author_scene(Scene(manifest, {key: asset.model for key, asset in assets.items()}), folder)
        return folder


def furnished(**changes: object) -> RoomScene:
    """A sound room: a table with two blocks, a cabinet at the north wall, a picture on it."""
    scene = RoomScene()
    for key, value in changes.items():
        setattr(scene, key, value)
    scene.add("shell_1", shell(), 0, 0)
    scene.add("table_1", table(), 2.8, 1.2)
    scene.add("cab_1", cabinet(), 0.6, 2.75)
    scene.add("picture_1", crate("picture", (0.3, 0.02, 0.2)), 2.5, 2.98, 1.4, mounting="wall")
    for k, x in enumerate((2.6, 3.0)):
        scene.add(f"block_{k + 1}", block(), x, 1.2, TABLE_TOP_M, on=("table_1", "top"))
    return scene


def without(scene: RoomScene, *object_ids: str) -> RoomScene:
    scene.things = [(item, asset) for item, asset in scene.things if item.id not in object_ids]
    return scene


def half_turn() -> float:
    return float(np.pi)

"""Hand-made programs of box furniture for the tests of layouts: no asset is generated but doors and windows."""

from functools import cache

import numpy as np

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel, BoxShape, Collider, Joint, License, Link, MassModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.contracts.house import HousePlan
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.group_shape import member_footprint
from blueprint.sources.rooms.program import (
    Affinity,
    Group,
    GroupRelation,
    Item,
    Member,
    Mount,
    Program,
    RoomNeed,
    RoomsLayout,
)
from blueprint.sources.text.spec import RelationType, SceneSpec

SIZES = {
    "bed": (1.6, 2.05, 1.0), "nightstand": (0.45, 0.4, 0.55), "wardrobe": (1.2, 0.6, 2.0), "desk": (1.2, 0.6, 0.75),
    "chair": (0.45, 0.5, 0.85), "chest_of_drawers": (0.9, 0.45, 0.85), "bookcase": (0.8, 0.3, 1.8),
    "sofa": (2.0, 0.9, 0.8), "coffee_table": (1.1, 0.6, 0.4), "tv_stand": (1.6, 0.4, 0.5),
    "armchair": (0.8, 0.85, 0.85),
    "floor_plant": (0.4, 0.4, 1.2), "dining_table": (1.6, 0.9, 0.75), "counter": (0.6, 0.6, 0.9),
    "fridge": (0.7, 0.7, 1.8), "sideboard": (1.4, 0.45, 0.8), "toilet": (0.38, 0.7, 0.8), "bathtub": (1.7, 0.75, 0.55),
    "pedestal_sink": (0.6, 0.5, 0.85), "rug": (2.0, 1.4, 0.01), "shop_shelf": (1.2, 0.45, 1.6),
    "picture": (0.6, 0.03, 0.45), "wall_cabinet": (0.8, 0.35, 0.7), "wall_clock": (0.3, 0.04, 0.3),
    "curtain": (1.6, 0.1, 2.1), "ceiling_light": (0.4, 0.4, 0.15), "pendant_lamp": (0.3, 0.3, 0.8),
}  # fmt: skip
_HINGED = {"wardrobe": 1.57, "fridge": 1.57}
_DRAWERS = {"chest_of_drawers": 0.35, "nightstand": 0.3, "sideboard": 0.35}


@cache
def model_of(request: AssetRequest) -> AssetModel:
    if request.category in ("interior_door", "casement_window"):
        return generate(request).model
    category = request.category
    x, y, z = SIZES[category]
    x, z = float(request.option("width", x)), float(request.option("height", z))
    body = [] if category in ("rug", "curtain") else [_box("body", (x, y, z), (0, 0, z / 2))]
    links = [_link("body", body)]
    if category in _HINGED:
        joint = Joint(name="hinge", type="revolute", axis=(0, 0, -1), upper=1.57, damping=1, friction=0.1)
        leaf = [_box("leaf", (x / 2, 0.02, z), (x / 4, -0.013, z / 2))]
        links.append(_link("leaf", leaf, "body", Pose.of((-x / 2, -y / 2, 0)), joint))
    if category in _DRAWERS:
        joint = Joint(name="slide", type="prismatic", axis=(0, -1, 0), upper=_DRAWERS[category], damping=1, friction=1)
        front = [_box("front", (x, 0.02, z / 2), (0, -y / 2 - 0.013, z / 2))]
        links.append(_link("drawer", front, "body", Pose.of((0, 0, 0)), joint))
    return AssetModel(
        asset_id=f"{category}_{x:.2f}_{z:.2f}".replace(".", "_"), category=category, name=category,
        description=category, generator="test", params={}, seed=0, size_m=(x, y, z), links=links, materials=[],
        sim_role="static", license=License(spdx="Apache-2.0", source="test"),
    )  # fmt: skip


def _box(name: str, size: tuple[float, float, float], center: tuple[float, float, float]) -> Collider:
    half = tuple(value / 2 for value in size)
    return Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(center))


def _link(
    name: str,
    colliders: list[Collider],
    parent: str | None = None,
    pose: Pose | None = None,
    joint: Joint | None = None,
) -> Link:
    return Link(
        name=name, parent=parent, pose_parent_link=pose or Pose(), joint=joint, colliders=colliders,
        mass_model=MassModel(material="wood", volume_m3=0.01), physics_material="wood",
    )  # fmt: skip


class Builder:
    """Writes a program: rooms, groups of members (category, x, y, yaw in degrees), things on walls and ceilings."""

    def __init__(self) -> None:
        self.rooms: list[RoomNeed] = []
        self.items: dict[str, Item] = {}
        self.groups: list[Group] = []

    def room(self, room_id: str, room_type: str, **fields: object) -> "Builder":
        self.rooms.append(RoomNeed(room_id, room_type, **fields))  # type: ignore[arg-type]
        return self

    def item(self, category: str, mount: Mount, *, over: str | None = None, required: bool = False) -> str:
        number = 1 + sum(item.request.category == category for item in self.items.values())
        name = f"{category}_{number}"
        sides: list[tuple[RelationType, str]] = [("above", over)] if over else []
        room = self.rooms[-1].room_id
        self.items[name] = Item(name, AssetRequest(category, 0), room, mount, required=required, sides=sides)
        return name

    def group(
        self,
        affinity: Affinity,
        *members: str | tuple[str, float, float, float],
        front: float = 0.6,
        required: bool = True,
        faces: str | None = None,
        relations: tuple[GroupRelation, ...] = (),
    ) -> str:
        placed = []
        for member in members:
            category, x, y, yaw = member if isinstance(member, tuple) else (member, 0.0, 0.0, 0.0)
            name = self.item(category, "floor", required=required)
            placed.append(Member(name, Pose.of((x, y, 0), quat_wxyz_from_yaw(np.deg2rad(yaw)))))
        group_id = f"group_{placed[0].object_id}"
        room = self.rooms[-1].room_id
        self.groups.append(Group(group_id, room, placed, affinity, front, required, faces, list(relations)))
        return group_id

    def program(self) -> Program:
        spec = SceneSpec(prompt="p", room_type=self.rooms[0].room_type, requirements=[])
        return Program(spec, self.rooms, self.items, self.groups)


def bedroom(make: Builder, name: str = "bedroom", **fields: object) -> Builder:
    make.room(name, "bedroom", **fields)
    bed = make.group("wall", ("bed", 0, 0, 0), ("nightstand", -1.08, 0.8, 0), ("nightstand", 1.08, 0.8, 0))
    make.group("wall", "wardrobe")
    make.group("wall", ("desk", 0, 0, 0), ("chair", 0, -0.45, 180))
    make.group("wall", "chest_of_drawers", required=False)
    make.group("corner", "floor_plant", front=0.0, required=False)
    make.group("middle", "rug", front=0.0, required=False, relations=(GroupRelation("under", bed),))
    make.item("picture", "wall", over=make.groups[-6].members[0].object_id)
    make.item("wall_clock", "wall")
    make.item("curtain", "wall")
    make.item("ceiling_light", "ceiling")
    return make


def living_room(make: Builder, name: str = "living_room", **fields: object) -> Builder:
    make.room(name, "living_room", **fields)
    television = make.group("wall", "tv_stand")
    sofa = make.group("free", ("sofa", 0, 0, 0), ("coffee_table", 0, -1.2, 0), front=0.4, faces=television)
    make.group("free", "armchair", required=False, front=0.4, relations=(GroupRelation("near", sofa),))
    make.group("wall", "bookcase")
    make.group("wall", "sideboard", required=False)
    return make


def kitchen(make: Builder, name: str = "kitchen", **fields: object) -> Builder:
    make.room(name, "kitchen", **fields)
    make.group("wall", ("fridge", -1.2, -0.05, 0), *(("counter", -0.5 + 0.61 * k, 0, 0) for k in range(4)), front=0.8)
    counters = [item.object_id for item in make.items.values() if item.request.category == "counter"][-4:]
    chairs = [("chair", x, y, yaw) for x in (-0.4, 0.4) for y, yaw in ((-0.6, 180.0), (0.6, 0.0))]
    make.group("middle", ("dining_table", 0, 0, 0), *chairs, front=0.3)
    make.item("wall_cabinet", "wall", over=counters[1])
    make.item("wall_cabinet", "wall", over=counters[2])
    make.item("pendant_lamp", "ceiling", over=[name for name in make.items if name.startswith("dining_table")][-1])
    return make


def bathroom(make: Builder, name: str = "bathroom", **fields: object) -> Builder:
    make.room(name, "bathroom", **fields)
    make.group("wall", "bathtub")
    make.group("wall", "toilet")
    make.group("wall", "pedestal_sink")
    return make


def footprints(program: Program, layout: RoomsLayout) -> dict[str, Footprint]:
    """Footprints of what stands on the floor and is solid."""
    models = {name: model_of(program.items[name].request) for name in layout.poses}
    return {
        name: member_footprint(models[name], pose)
        for name, pose in layout.poses.items()
        if program.items[name].mount == "floor" and any(link.colliders for link in models[name].links)
    }


def front_of(pose: Pose) -> np.ndarray:
    """The direction (2,) in which the front of a thing looks."""
    yaw = yaw_from_quat_wxyz(pose.quat_wxyz)
    return np.array([np.sin(yaw), -np.cos(yaw)])


def within(house: HousePlan, footprint: Footprint, slack: float = 1e-6) -> bool:
    """Whether a footprint is inside one of the rooms."""
    low, high = footprint.box()
    return any(
        low[0] >= room.x - slack
        and low[1] >= room.y - slack
        and high[0] <= room.x + room.width + slack
        and high[1] <= room.y + room.depth + slack
        for room in house.rooms
    )

"""A table with a block on it and a drawer with a cup in it, made by hand: the USD loader is tested elsewhere."""

import mujoco

from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    Collider,
    Joint,
    License,
    Link,
    MassModel,
    Region,
)
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.robots import load_embodiment
from blueprint.sim.world import World, compile_world

SCENE_XML = """
<mujoco>
  <option timestep="0.002" integrator="implicitfast" cone="elliptic" impratio="10"/>
  <default><default class="c"><geom group="3" contype="1" conaffinity="1" condim="4"/></default>
  <default class="v"><geom group="2" contype="0" conaffinity="0"/></default></default>
  <worldbody>
    <light name="key" directional="true" dir="-0.3 0.4 -1" pos="1 -1 3" castshadow="true"/>
    <geom name="floor" type="plane" size="3 3 0.1" rgba="0.6 0.6 0.6 1"/>
    <body name="table" pos="0.55 0 0.2">
      <geom name="table/c0" class="c" type="box" size="0.25 0.4 0.2"/>
      <geom name="table/v0" class="v" type="box" size="0.25 0.4 0.2" rgba="0.7 0.5 0.3 1"/>
    </body>
    <body name="block" pos="0.5 0.1 0.425">
      <freejoint name="block/free"/>
      <geom name="block/c0" class="c" type="box" size="0.02 0.02 0.025" mass="0.1"/>
      <geom name="block/v0" class="v" type="box" size="0.02 0.02 0.025" rgba="0.9 0.1 0.1 1"/>
    </body>
    <body name="drawer_unit" pos="0.55 -0.2 0.4">
      <body name="drawer_unit/drawer" pos="0 0 0.02">
        <joint name="drawer_unit/slide" type="slide" axis="0 1 0" range="0 0.2" damping="5" frictionloss="1"/>
        <geom name="drawer_unit/drawer/c0" class="c" type="box" size="0.08 0.08 0.01" mass="0.5"/>
        <geom name="drawer_unit/drawer/v0" class="v" type="box" size="0.08 0.08 0.01" rgba="0.2 0.5 0.8 1"/>
      </body>
    </body>
    <body name="cup" pos="0.55 -0.2 0.45">
      <freejoint name="cup/free"/>
      <geom name="cup/c0" class="c" type="cylinder" size="0.02 0.02" mass="0.1"/>
      <geom name="cup/v0" class="v" type="cylinder" size="0.02 0.02" rgba="0.1 0.8 0.2 1"/>
    </body>
  </worldbody>
</mujoco>
"""

_LICENCE = License(spdx="CC0-1.0", source="tests")
_BOX = Collider(name="c0", shape=BoxShape(half_extents=(0.1, 0.1, 0.1)))
_MASS = MassModel(material="wood", volume_m3=0.001)


def _asset(asset_id: str, links: list[Link], regions: list[Region]) -> AssetModel:
    return AssetModel(
        asset_id=asset_id,
        category=asset_id,
        name=asset_id,
        description=asset_id,
        generator="tests",
        params={},
        seed=0,
        size_m=(0.1, 0.1, 0.1),
        links=links,
        materials=[],
        regions=regions,
        sim_role="manipulable_object",
        license=_LICENCE,
    )


def _link(name: str, parent: str | None = None, joint: Joint | None = None) -> Link:
    return Link(name=name, parent=parent, joint=joint, colliders=[_BOX], mass_model=_MASS, physics_material="wood")


def _object(object_id: str, role: str, x: float, y: float, z: float, placement: Placement | None) -> SceneObject:
    return SceneObject(
        id=object_id,
        sim_role=role,
        transform=Transform.of(Pose(position=(x, y, z))),
        asset=AssetReference(path=f"assets/{object_id}", asset_id=object_id),
        placement=placement,
    )


def make_scene() -> Scene:
    """Return the scene of SCENE_XML: the cup stands in the drawer, the block on the table."""
    slide = Joint(name="slide", type="prismatic", axis=(0, 1, 0), upper=0.2, damping=5, friction=1)
    top = Region(
        name="top",
        link="body",
        kind="top",
        pose_link_region=Pose(position=(0, 0, 0.4)),
        half_extents=(0.25, 0.4),
        clearance_m=1,
    )
    inside = Region(
        name="inside",
        link="drawer",
        kind="drawer",
        pose_link_region=Pose(position=(0, 0, 0.01)),
        half_extents=(0.08, 0.08),
        clearance_m=0.2,
        is_container=True,
    )
    assets = {
        "table": _asset("table", [_link("body")], [top]),
        "block": _asset("block", [_link("body")], []),
        "drawer_unit": _asset("drawer_unit", [_link("body"), _link("drawer", "body", slide)], [inside]),
        "cup": _asset("cup", [_link("body")], []),
    }
    objects = [
        _object("table", "static", 0.55, 0, 0, None),
        _object("block", "manipulable_object", 0.5, 0.1, 0.4, Placement(parent_id="table", region="top")),
        _object("drawer_unit", "articulated_furniture", 0.55, -0.2, 0.4, Placement(parent_id="table", region="top")),
        _object("cup", "manipulable_object", 0.55, -0.2, 0.43, Placement(parent_id="drawer_unit", region="inside")),
    ]
    return Scene(SceneManifest(version="1.0.0", scene_id="bench", scene=SceneFrame(), objects=objects), assets)


def make_world(xml: str = SCENE_XML) -> World:
    """Compile the scene with the primitive arm at the world's origin, 0.4 m high."""
    spec = mujoco.MjSpec.from_string(xml)
    return compile_world(spec, make_scene(), load_embodiment("primitive_arm"), Pose(position=(0.0, 0.0, 0.4)))

"""Writes small scenes in the native formats of other generators, and says where every vertex truly is in the world."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from blueprint.assets.library import load_asset
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene import Scene, load_scene

Array = NDArray[np.float64]


@dataclass
class Truth:
    """World vertices (N, 3) by name of a thing, and its parent's name."""

    vertices: dict[str, Array] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    masses: dict[str, float | None] = field(default_factory=dict)


def boxes(*parts: tuple[tuple[float, float, float], tuple[float, float, float]]) -> trimesh.Trimesh:
    """A mesh of boxes, each (size, centre), Z-up."""
    return trimesh.util.concatenate(
        [trimesh.creation.box(size, trimesh.transformations.translation_matrix(center)) for size, center in parts]
    )


def table(width: float = 1.2, depth: float = 0.7, height: float = 0.75) -> trimesh.Trimesh:
    legs = [
        ((0.06, 0.06, height - 0.03), (x * (width / 2 - 0.05), y * (depth / 2 - 0.05), (height - 0.03) / 2))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return boxes(((width, depth, 0.03), (0, 0, height - 0.015)), *legs)


def chair() -> trimesh.Trimesh:
    """Its back is at -Y: it looks to +Y, as SceneSmith's assets do."""
    legs = [((0.04, 0.04, 0.42), (x * 0.18, y * 0.18, 0.21)) for x in (-1, 1) for y in (-1, 1)]
    return boxes(((0.42, 0.42, 0.03), (0, 0, 0.435)), ((0.42, 0.03, 0.45), (0, -0.195, 0.675)), *legs)


def mug() -> trimesh.Trimesh:
    return boxes(((0.08, 0.08, 0.1), (0, 0, 0.05)), ((0.03, 0.01, 0.06), (0.055, 0, 0.05)))


def plate() -> trimesh.Trimesh:
    return trimesh.creation.cylinder(0.1, 0.02, 24, transform=trimesh.transformations.translation_matrix((0, 0, 0.01)))


class SceneSmithFolder:
    """Writes `scene_000/` with real meshes: two rooms, rotated furniture, a stack, a filled container, a cabinet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.truth = Truth()
        self.rooms: dict[str, dict] = {}
        self.layout = {
            "wall_height": 2.6,
            "house_prompt": "a small flat with a kitchen and a bedroom",
            "rooms": [{"id": "kitchen", "type": "kitchen"}, {"id": "bedroom", "type": "bedroom"}],
            "placed_rooms": [
                {"room_id": "kitchen", "position": [1.0, -2.0], "width": 4.0, "depth": 3.0},
                {"room_id": "bedroom", "position": [5.0, -2.0], "width": 3.0, "depth": 3.0},
            ],
            "doors": [],
            "windows": [],
        }
        self.offsets = {"kitchen": np.array([3.0, -0.5, 0.0]), "bedroom": np.array([6.5, -0.5, 0.0])}
        for room in self.offsets:
            self.rooms[room] = {"room_geometry": {"openings": []}, "objects": {}, "text_description": room}

    def asset(
        self, room: str, name: str, shape: trimesh.Trimesh, pieces: list[trimesh.Trimesh], mass: float | None
    ) -> str:
        """Write one asset (SDF, glTF with its buffer, collision OBJs) and return its path relative to the room."""
        folder = self.root / f"room_{room}" / "generated_assets" / "furniture" / "sdf" / name
        folder.mkdir(parents=True, exist_ok=True)
        turned = shape.copy()
        turned.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))  # glTF is Y-up
        write_gltf(turned, folder / f"{name}.gltf")
        collisions = []
        for k, piece in enumerate(pieces):
            rows = [f"v {x:.9f} {y:.9f} {z:.9f}" for x, y, z in piece.vertices]
            rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in piece.faces]
            (folder / f"{name}_collision_{k}.obj").write_text("\n".join(rows) + "\n")
            collisions.append(
                f'<collision name="c{k}"><geometry><mesh xmlns:drake="drake.mit.edu">'
                f"<uri>{name}_collision_{k}.obj</uri><drake:declare_convex/></mesh></geometry></collision>"
            )
        inertial = f"<inertial><mass>{mass}</mass></inertial>" if mass is not None else ""
        (folder / f"{name}.sdf").write_text(
            f'<?xml version="1.0"?><sdf version="1.7"><model name="{name}"><link name="base_link">{inertial}'
            f'<visual name="v"><geometry><mesh><uri>{name}.gltf</uri></mesh></geometry></visual>'
            f"{''.join(collisions)}</link></model></sdf>"
        )
        return str((folder / f"{name}.sdf").relative_to(self.root / f"room_{room}"))

    def add(
        self,
        room: str,
        key: str,
        name: str,
        kind: str,
        shape: trimesh.Trimesh,
        pose: Pose,
        *,
        pieces: list[trimesh.Trimesh] | None = None,
        mass: float | None = None,
        on: str | None = None,
        surface: bool = False,
        metadata: dict | None = None,
    ) -> None:
        parts = pieces if pieces is not None else shape.split(only_watertight=False)
        path = self.asset(room, key, shape, list(parts), mass)
        self.rooms[room]["objects"][key] = {
            "object_id": key,
            "object_type": kind,
            "name": name,
            "description": name,
            "transform": transform(pose),
            "geometry_path": None,
            "sdf_path": path,
            "image_path": None,
            "support_surfaces": [
                {"surface_id": f"{key}_top", "bounding_box_min": [0, 0, 0], "bounding_box_max": [1, 1, 1],
                 "transform": transform(Pose.of((0, 0, 0))), "link_name": "base_link"}
            ] if surface else [],
            "placement_info": {"parent_surface_id": f"{on}_top", "position_2d": [0, 0], "rotation_2d": 0.0,
                               "placement_method": "manual"} if on else None,
            "metadata": metadata or {"asset_source": "generated"},
            "bbox_min": shape.bounds[0].tolist(),
            "bbox_max": shape.bounds[1].tolist(),
            "immutable": False,
            "scale_factor": 1.0,
        }  # fmt: skip
        self.remember(room, name, shape, pose, on, mass)

    def remember(
        self, room: str, name: str, shape: trimesh.Trimesh, pose: Pose, on: str | None, mass: float | None
    ) -> None:
        self.truth.vertices[name] = pose.apply(shape.vertices) + self.offsets[room]
        self.truth.parents[name] = self.rooms[room]["objects"][on]["name"] if on else None
        self.truth.masses[name] = mass

    def composite(
        self, room: str, key: str, on: str, kind: str, members: list[tuple[str, trimesh.Trimesh, Pose]]
    ) -> None:
        """A stack or a filled container; members' transforms are in the room's frame."""
        records = []
        for k, (name, shape, pose) in enumerate(members):
            path = self.asset(room, f"{key}_{k}", shape, [shape], 0.3)
            records.append({"name": name, "asset_id": f"{name}_{k}", "sdf_path": path, "transform": transform(pose)})
            self.truth.vertices[f"{name}#{k}"] = pose.apply(shape.vertices) + self.offsets[room]
        metadata: dict = {"composite_type": kind}
        if kind == "filled_container":
            metadata |= {"container_asset": records[0], "fill_assets": records[1:]}
        else:
            metadata |= {"member_assets": records}
        self.rooms[room]["objects"][key] = {
            "object_id": key,
            "object_type": "manipuland",
            "name": key,
            "description": key,
            "transform": transform(members[0][2]),
            "sdf_path": None,
            "geometry_path": None,
            "support_surfaces": [],
            "placement_info": {"parent_surface_id": f"{on}_top"},
            "metadata": metadata,
            "bbox_min": [0, 0, 0],
            "bbox_max": [0.1, 0.1, 0.1],
        }

    def write(self) -> Path:
        state = {"layout": self.layout, "rooms": self.rooms, "timestamp": 0}
        (self.root / "combined_house").mkdir(parents=True, exist_ok=True)
        (self.root / "combined_house" / "house_state.json").write_text(json.dumps(state))
        (self.root / "house_layout.json").write_text(json.dumps(self.layout))
        return self.root


def scenesmith_flat(root: Path) -> SceneSmithFolder:
    """A kitchen with a turned table, a chair, a mug, a stack of plates and a filled tray; a bedroom beside it."""
    made = SceneSmithFolder(root)
    turn = turned(0.4)
    table_pose = Pose.of((-0.6, 0.4, 0.0), turn)
    made.add("kitchen", "table_0", "Wooden dining table", "furniture", table(), table_pose, mass=18.0, surface=True)
    made.add("kitchen", "chair_0", "Chair", "furniture", chair(), Pose.of((1.2, -0.9, 0), turned(-2.1)), mass=5.0)
    on_table = [
        table_pose @ Pose.of((x, y, 0.75), turned(yaw))
        for x, y, yaw in ((0.3, 0.1, 1.0), (-0.3, 0, 0.2), (0.0, -0.15, 0.5))
    ]
    made.add("kitchen", "mug_0", "Ceramic mug", "manipuland", mug(), on_table[0], mass=0.31, on="table_0")
    stack = [("Plate", plate(), on_table[1] @ Pose.of((0, 0, 0.0205 * k))) for k in range(3)]
    made.composite("kitchen", "stack_0", "table_0", "stack", stack)
    tray = boxes(((0.2, 0.14, 0.01), (0, 0, 0.005)))
    filled = [
        ("Tray", tray, on_table[2]),
        ("Toy block", boxes(((0.05,) * 3, (0, 0, 0.025))), on_table[2] @ Pose.of((0.02, 0.01, 0.0102))),
    ]
    made.composite("kitchen", "tray_0", "table_0", "filled_container", filled)
    picture = boxes(((0.5, 0.03, 0.4), (0, -0.015, 0.2)))
    made.add("bedroom", "picture_0", "Framed picture", "wall_mounted", picture, Pose.of((0.2, 1.5, 1.4)), mass=1.0)
    rug = boxes(((1.4, 0.9, 0.003), (0, 0, 0.0015)))
    made.add("bedroom", "rug_0", "Rug", "thin_covering", rug, Pose.of((0, -0.2, 0)), pieces=[])
    made.add(
        "bedroom",
        "stool_0",
        "Steel stool",
        "furniture",
        boxes(((0.3, 0.3, 0.45), (0.1, 0.05, 0.225))),
        Pose.of((-0.8, 0.7, 0), turned(1.2)),
    )
    floor = {"object_id": "floor", "object_type": "floor", "name": "floor", "sdf_path": None, "geometry_path": "x"}
    made.rooms["kitchen"]["objects"]["floor"] = floor
    made.rooms["kitchen"]["room_geometry"]["openings"] = [
        {"opening_id": "d1", "opening_type": "door", "wall_direction": "east", "center_world": [5.0, -0.5, 1.0],
         "width": 0.9, "height": 2.0, "sill_height": 0.0},
        {"opening_id": "w1", "opening_type": "window", "wall_direction": "south", "center_world": [0.5, -1.5, 1.5],
         "width": 1.0, "height": 1.0, "sill_height": 1.0},
    ]  # fmt: skip
    return made


class SageFolder:
    """Writes a SAGE layout folder: two rooms that share a wall, global positions, Euler degrees, +X fronts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.truth = Truth()
        wall = {"height": 2.7, "thickness": 0.1, "material": "paint"}
        self.plan: dict = {
            "id": root.name, "total_area": 24, "building_style": "modern", "description": "two rooms",
            "created_from_text": "an office beside a store room", "policy_analysis": None,
            "rooms": [
                {"id": "room_a", "room_type": "office", "position": {"x": 0, "y": 0, "z": 0},
                 "dimensions": {"width": 4, "length": 3, "height": 2.7}, "ceiling_height": 2.7, "floor_material": "oak",
                 "walls": [{"id": "a_east", "start_point": {"x": 4, "y": 0, "z": 0},
                            "end_point": {"x": 4, "y": 3, "z": 0}, **wall}],
                 "doors": [{"id": "d", "wall_id": "a_east", "position_on_wall": 0.5, "width": 0.9, "height": 2.0,
                            "door_type": "single", "opens_inward": True, "opening": False, "door_material": "wood"}],
                 "windows": [], "objects": []},
                {"id": "room_b", "room_type": "store room", "position": {"x": 4, "y": 0, "z": 0},
                 "dimensions": {"width": 3, "length": 3, "height": 2.7}, "walls": [
                     {"id": "b_west", "start_point": {"x": 4, "y": 3, "z": 0}, "end_point": {"x": 4, "y": 0, "z": 0},
                      **wall}], "doors": [], "windows": [], "objects": [], "floor_material": "tile"},
            ],
        }  # fmt: skip

    def add(
        self,
        room: int,
        key: str,
        kind: str,
        shape: trimesh.Trimesh,
        position: tuple[float, float, float],
        euler_deg: tuple[float, float, float] = (0, 0, 0),
        place: str | None = None,
        mass: float | None = None,
    ) -> None:
        folder = self.root / "generation"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"src_{key}.ply").write_bytes(bytes(shape.export(file_type="ply")))
        Image.new("RGB", (8, 8), (200, 40, 40)).save(folder / f"src_{key}_texture.png")
        (folder / f"src_{key}_tex_coords.pkl").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
        width, length, height = shape.extents.tolist()
        record = {
            "id": key, "room_id": self.plan["rooms"][room]["id"], "type": kind, "description": f"a {kind}",
            "position": dict(zip("xyz", position, strict=True)), "rotation": dict(zip("xyz", euler_deg, strict=True)),
            "dimensions": {"width": width, "length": length, "height": height}, "source": "generation",
            "source_id": f"src_{key}", "place_id": place or self.plan["rooms"][room]["id"], "place_guidance": "",
            "placement_constraints": [], "mass": mass,
        }  # fmt: skip
        self.plan["rooms"][room]["objects"].append(record)
        x, y, z = np.radians(euler_deg)
        matrix = (
            trimesh.transformations.rotation_matrix(z, (0, 0, 1))
            @ trimesh.transformations.rotation_matrix(y, (0, 1, 0))
            @ trimesh.transformations.rotation_matrix(x, (1, 0, 0))
        )
        self.truth.vertices[key] = shape.vertices @ matrix[:3, :3].T + np.array(position)
        self.truth.masses[key] = mass

    def write(self) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / f"{self.root.name}.json").write_text(json.dumps(self.plan))
        return self.root

    def write_zip(self, path: Path) -> Path:
        """The form of SAGE-10k: `X.json`, `objects/<source_id>.ply`, no pickle."""
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{self.root.name}.json", json.dumps(self.plan))
            for item in sorted((self.root / "generation").iterdir()):
                if item.suffix != ".pkl":
                    archive.write(item, f"objects/{item.name}")
        return path


def sage_office(root: Path) -> SageFolder:
    made = SageFolder(root)
    made.add(0, "desk", "office desk", table(0.7, 1.4, 0.74), (3.2, 1.5, 0.0), (0, 0, 180), mass=25.0)
    made.add(0, "mug", "mug", mug(), (3.1, 1.2, 0.74), (0, 0, 37.5), place="desk", mass=0.3)
    made.add(
        0,
        "block",
        "toy block",
        boxes(((0.06, 0.04, 0.03), (0, 0, 0.015))),
        (3.15, 1.6, 0.80),
        (0, 90, 20),
        place="desk",
    )
    made.add(
        1, "crate", "plastic crate", boxes(((0.6, 0.4, 0.5), (0, 0, 0.25))), (5.5, 1.0, 0.0), (0, 0, 12.0), mass=6.0
    )
    made.add(
        1, "sign", "notice board", boxes(((0.02, 0.6, 0.4), (0, 0, 0.2))), (6.985, 1.5, 1.4), (0, 0, 180), place="wall"
    )
    return made


def turned(yaw: float) -> Array:
    return quat_wxyz_from_axis_angle((0, 0, 1), yaw)


def transform(pose: Pose) -> dict:
    return {"translation": list(pose.position), "rotation_wxyz": list(pose.quat_wxyz)}


def write_gltf(shape: trimesh.Trimesh, path: Path) -> None:
    """A glTF file with a buffer beside it."""
    for name, data in trimesh.Scene(shape).export(file_type="gltf").items():
        target = path if name == "model.gltf" else path.with_name(f"{path.stem}_{name}")
        if name == "model.gltf":
            header = json.loads(data)
            for buffer in header["buffers"]:
                buffer["uri"] = f"{path.stem}_{buffer['uri']}"
            data = json.dumps(header).encode()
        target.write_bytes(data)


def world_vertices(folder: Path) -> dict[str, Array]:
    """Return object id → world vertices of a scene of ours, from its files."""
    scene: Scene = load_scene(folder)
    found = {}
    for item in scene.objects:
        asset = load_asset(folder / "assets" / (item.asset.asset_id or ""))
        poses = asset.model.poses_asset_link()
        pose = item.transform.pose()
        parts = [
            (pose @ poses[link.name]).apply(asset.meshes[visual.mesh].vertices)
            for link in asset.model.links
            for visual in link.visuals
        ]
        found[item.id] = np.concatenate(parts)
    return found


def farthest(found: Array, expected: Array) -> float:
    """The largest distance, per coordinate, from an expected point to the nearest found one, and back."""
    gaps = np.abs(found[:, None] - expected[None]).max(axis=2)
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()))

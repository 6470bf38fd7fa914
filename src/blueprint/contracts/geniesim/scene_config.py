"""`geniesim/scene_config.yaml` and `geniesim/merged_scene_manifest.json`."""

from typing import Any, Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION
from blueprint.contracts.ids import SceneId

__all__ = ["ExportedScene", "MergedSceneManifest", "RoomBounds"]


class RoomBounds(Part):
    lower: Vec3
    upper: Vec3


class ExportedScene(Document):
    """The settings a simulator starts the scene with; lengths in metres, gravity in m/s²."""

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    environment_type: str
    usd_path: str
    coordinate_system: Literal["z_up"] = "z_up"
    meters_per_unit: float = 1.0
    gravity: Vec3
    physics_dt_s: float
    bounds: RoomBounds
    backgrounds: dict[str, str]
    templates: list[str]


class MergedSceneManifest(Document):
    """The scene manifest with what was measured of it since: physics, variations, certificate."""

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    manifest: dict[str, Any]
    manifest_sha256: str
    physics: dict[str, Any]
    variations: list[str]
    certificate_passed: bool | None

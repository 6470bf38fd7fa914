"""`seg/inventory.json`: what is in the scene, as later stages and language models read it."""

from typing import Any

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["Inventory", "InventoryObject"]


class InventoryObject(Part):
    id: str
    category: str
    short_description: str
    sim_role: str
    articulation_hint: str | None = None
    approx_location: str | None = None
    bounds: dict[str, Any] | None = None
    is_floor_contact: bool | None = None
    material_type: str | None = None


class Inventory(Document):
    scene_id: SceneId
    environment_type: str
    total_objects: int
    objects: list[InventoryObject]
    metadata: dict[str, Any] = {}

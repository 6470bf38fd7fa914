"""`geniesim/scene_graph.json`: the objects of a scene and how they stand to one another, measured.

Z-up, metres; orientations are quaternions w,x,y,z. A node's `asset_id` is `{scene_id}_obj_{object_id}`.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import QuatWxyz, Vec3
from blueprint.contracts.ids import SceneId

__all__ = ["SCHEMA_VERSION", "EdgeRelation", "GraphEdge", "GraphNode", "NodePose", "SceneGraph", "namespaced"]

SCHEMA_VERSION: Literal["3.0"] = "3.0"
EdgeRelation = Literal["on", "in", "adjacent", "aligned", "stacked"]


def namespaced(scene_id: str, object_id: str) -> str:
    """Return the id that an object has in every file of the export."""
    return f"{scene_id}_obj_{object_id}"


class NodePose(Part):
    position: Vec3
    orientation: QuatWxyz


class GraphNode(Part):
    """`size` is the extent in the object's own frame, `properties` mass (kg), friction and restitution."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    asset_id: str
    semantic: str
    size: Vec3
    pose: NodePose
    task_tag: list[str]
    usd_path: str
    properties: dict[str, float] = {}
    bp_metadata: dict[str, Any] = {}


class GraphEdge(Part):
    """`source` is on, in, stacked on, beside or in line with `target`; `gap_m` is what was measured for it."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    source: str
    target: str
    relation: EdgeRelation
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    gap_m: float | None = None


class SceneGraph(Document):
    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    coordinate_system: Literal["z_up", "y_up"] = "z_up"
    meters_per_unit: Annotated[float, Field(gt=0)] = 1.0
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    metadata: dict[str, Any] = {}

"""What preparation found and changed on one foreign mesh, and on a batch of them."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import QuatWxyz

__all__ = ["ColliderReport", "GraspReport", "MeshBatchReport", "MeshFailure", "MeshReport", "StablePose"]

Count = Annotated[int, Field(ge=0)]
Metres = Annotated[float, Field(ge=0)]


class StablePose(Part):
    """A way to lie on a plane: the rotation that brings the mesh there, and how often a thrown one ends in it."""

    quat_wxyz_up: QuatWxyz
    probability: Annotated[float, Field(ge=0, le=1)]
    is_upright: bool


class ColliderReport(Part):
    """How the colliders were found and how far they are from what is seen.

    Deviations are distances of points of the visual surface to the union of the colliders and back, m; `volume_ratio`
    is that of the colliders to the closed mesh (None where the mesh has no volume).
    """

    method: Literal["primitive", "hull", "coacd", "cuts", "given", "mixed", "none"]
    colliders: Count
    primitives: Count = 0
    deviation_p50_m: Metres | None = None
    deviation_p95_m: Metres | None = None
    deviation_max_m: Metres | None = None
    volume_ratio: float | None = None


class GraspReport(Part):
    """Antipodal candidates found on the mesh, how many were tried in physics, and how many held."""

    candidates: Count = 0
    tried: Count = 0
    held: Count = 0
    method: Literal["antipodal", "box", "none"] = "none"


class MeshReport(Part):
    """One mesh. `repairs` says in words what was changed; `warnings` what could not be mended."""

    name: str
    category: str
    source_sha256: str
    asset_id: str
    triangles_in: Count
    triangles: Count
    detail_triangles: list[Count] = []
    is_watertight_in: bool
    is_watertight: bool
    textures: Count = 0
    size_m: tuple[float, float, float]
    mass_kg: float | None = None
    mass_source: str = ""
    repairs: list[str] = []
    warnings: list[str] = []
    colliders: ColliderReport
    grasps: GraspReport = GraspReport()
    support_surfaces: Count = 0
    stable_poses: list[StablePose] = []


class MeshFailure(Part):
    """A mesh that could not be prepared: what was wrong and what helps."""

    name: str
    error: str
    message: str
    remedy: str | None = None


class MeshBatchReport(Document):
    """Everything that was prepared together. `passed`: enough succeeded for the rest to go on."""

    total: Count
    succeeded: Count
    failed: Count
    min_success_rate: Annotated[float, Field(ge=0, le=1)]
    passed: bool
    meshes: list[MeshReport] = []
    failures: list[MeshFailure] = []

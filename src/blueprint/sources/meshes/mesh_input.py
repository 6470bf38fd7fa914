"""What preparation is given: one mesh, with what is known of it."""

from dataclasses import dataclass, field
from pathlib import Path

from blueprint.contracts.asset import License
from blueprint.contracts.mesh_report import MeshReport
from blueprint.sources.imported.asset import Front, ImportedAsset, ImportedLink

__all__ = ["MassGuess", "MeshInput", "PreparedMesh"]


@dataclass(frozen=True)
class MassGuess:
    """What a thing weighs and is made of, and who says so. `solid_fraction` is how much of its hull is material."""

    material: str
    source: str
    mass_kg: float | None = None
    solid_fraction: float | None = None
    mass_range_kg: tuple[float, float] | None = None
    static_friction: float | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class MeshInput:
    """A file inside `root` (GLB, glTF, OBJ, PLY, STL, USD). A point p of it becomes `scale * p`, m, Z-up.

    `links` replaces the file where the thing has joints (frames and lengths as after scaling). `front` is where it
    looks in its own frame.
    """

    name: str
    path: Path
    root: Path
    category: str
    label: str
    sim_role: str
    license: License
    scale: float = 1.0
    front: Front = "-y"
    links: list[ImportedLink] = field(default_factory=list)
    mass: MassGuess | None = None
    source: str = "mesh"


@dataclass(frozen=True)
class PreparedMesh:
    """The asset, where its frame lies in the scaled mesh's frame (`imported.pose_source_asset`), and what was done."""

    imported: ImportedAsset
    report: MeshReport

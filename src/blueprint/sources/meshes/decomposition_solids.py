"""The closed pieces that a surface consists of, and their union as one surface that does not cross itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Solid", "coarse", "outer_surface", "solids_of", "union_of"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
_MAX_FACES = 8000
_MIN_VOLUME_M3 = 1e-12
_CRUMB = 1e-5  # of the largest piece: what collapsing edges leaves behind


@dataclass(frozen=True)
class Solid:
    """A closed surface, outward: vertices (V, 3) m, faces (F, 3), and the volume inside, m³."""

    vertices: Array
    faces: Faces
    volume: float


def solids_of(vertices: Array, faces: Faces) -> list[Solid] | None:
    """Return the connected pieces of a surface without crumbs of no volume, or None where any of them is open."""
    from trimesh import Trimesh
    from trimesh.graph import connected_component_labels, face_adjacency

    labels = connected_component_labels(face_adjacency(faces), node_count=len(faces))
    found = []
    for label in range(int(labels.max()) + 1):
        used, index = np.unique(faces[labels == label], return_inverse=True)
        own = index.reshape(-1, 3).astype(np.int32)
        piece = Trimesh(vertices[used], own, process=False)
        if not piece.is_watertight or not piece.is_winding_consistent:
            return None
        with np.errstate(all="ignore"):  # the centre of mass of nothing, which nobody asks for
            volume = float(piece.volume)
        found.append(Solid(vertices[used], own, volume))
    least = max(_MIN_VOLUME_M3, _CRUMB * max((item.volume for item in found), default=0.0))
    return [item for item in found if item.volume >= least] or None


def union_of(solids: list[Solid]) -> Solid | None:
    """Return the union of closed pieces, or None where it cannot be made of them.

    CoACD would remesh pieces that cross each other on a grid: ten times the time, and thicker walls.
    """
    import manifold3d

    meshes = [
        manifold3d.Manifold(manifold3d.Mesh64(item.vertices.astype(np.float64), item.faces.astype(np.uint64)))
        for item in solids
    ]
    if any(item.status() != manifold3d.Error.NoError for item in meshes):
        return None
    whole = manifold3d.Manifold.batch_boolean(meshes, manifold3d.OpType.Add)
    if whole.status() != manifold3d.Error.NoError or whole.is_empty():
        return None
    made = whole.to_mesh64()
    vertices, faces = np.array(made.vert_properties[:, :3], float), np.array(made.tri_verts, np.int32)
    return Solid(vertices, faces, float(whole.volume()))


def outer_surface(vertices: Array, faces: Faces) -> tuple[Array, Faces]:
    """Return the surface without what lies inside of its own closed pieces; an open one as it is."""
    solids = solids_of(vertices, faces)
    whole = union_of(solids) if solids else None
    return (whole.vertices, whole.faces) if whole is not None else (vertices, faces)


def coarse(vertices: Array, faces: Faces, limit: int = _MAX_FACES) -> tuple[Array, Faces]:
    """Return the surface with about `limit` triangles (quadric edge collapse); a closed one stays closed where less
    eager collapsing achieves that, at the cost of more triangles."""
    import fast_simplification
    from trimesh import Trimesh

    if len(faces) <= limit:
        return vertices, faces
    low, size = vertices.min(axis=0), float(np.ptp(vertices, axis=0).max())
    unit = ((vertices - low) / size).astype(np.float32)
    was_closed = Trimesh(vertices, faces, process=False).is_watertight
    for eagerness in (7, 3):
        points, triangles = fast_simplification.simplify(
            unit, faces.astype(np.int32), target_count=limit, agg=eagerness
        )
        if not was_closed or Trimesh(points, triangles, process=False).is_watertight:
            break
    return np.asarray(points, float) * size + low, np.asarray(triangles, np.int32)

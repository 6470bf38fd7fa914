"""Reducing the triangles of visual meshes: rendering on a CPU costs by the triangle."""

from pathlib import Path

import numpy as np

__all__ = ["decimate_meshes"]

MIN_TRIANGLES = 60


def decimate_meshes(folder: Path, names: list[str], target_triangles: int, aggression: float = 7.0) -> int:
    """Rewrite the OBJ files `names` in `folder` with about `target_triangles` in all; return how many there are now.

    Quadric edge collapse (fast-simplification); each mesh keeps the same fraction, but never under 60 triangles.
    Less `aggression` (0 to 10) keeps the shape better and stops short of the target.
    """
    import fast_simplification
    import trimesh

    meshes = {name: trimesh.load_mesh(folder / name, process=True) for name in names}
    for mesh in meshes.values():
        mesh.merge_vertices(merge_norm=True, merge_tex=True)  # else every facet is an island and is torn apart
    total = sum(len(mesh.faces) for mesh in meshes.values())
    fraction = min(1.0, target_triangles / total) if total else 1.0
    count = 0
    for name, mesh in meshes.items():
        vertices, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32)
        wanted = max(MIN_TRIANGLES, round(fraction * len(faces)))
        if wanted < len(faces):
            vertices, faces = fast_simplification.simplify(vertices, faces, target_count=wanted, agg=aggression)
        lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
        lines += [f"f {a} {b} {c}" for a, b, c in np.asarray(faces) + 1]
        (folder / name).write_text("\n".join(lines) + "\n")
        count += len(faces)
    return count

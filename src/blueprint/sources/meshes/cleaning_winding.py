"""Which faces of a surface look the wrong way: against their neighbours, or into the solid."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["consistent_winding", "inside_out"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
Mask = NDArray[np.bool_]
_NEARLY = 0.1  # of a piece's area: the area vectors of a closed one sum to nothing
_CLEARLY = 0.02  # of the largest possible score


def consistent_winding(vertices: Array, faces: Faces) -> Mask:
    """Return which faces (F,) must be turned for neighbours to agree; in every connected piece the lesser area turns.

    Only edges of exactly two faces count as neighbourhood.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order
    from trimesh.graph import connected_component_labels, face_adjacency

    pairs, edges = face_adjacency(faces, return_edges=True)
    if not len(pairs):
        return np.zeros(len(faces), bool)
    agree = _runs_along(faces[pairs[:, 0]], edges) != _runs_along(faces[pairs[:, 1]], edges)
    if agree.all():
        return np.zeros(len(faces), bool)
    labels = connected_component_labels(pairs, node_count=len(faces))
    root = len(faces)  # one more node, tied to the first face of every piece, so that one walk reaches all
    starts = np.unique(labels, return_index=True)[1]
    a, b = np.append(pairs[:, 0], np.full(len(starts), root)), np.append(pairs[:, 1], starts)
    weight = np.append(np.where(agree, 1.0, 2.0), np.ones(len(starts)))
    links = coo_array((np.tile(weight, 2), (np.append(a, b), np.append(b, a))), shape=(root + 1, root + 1)).tocsr()
    order, before = breadth_first_order(links, root, directed=True)
    differs = np.asarray(links[before[order[1:]], order[1:]]).ravel() > 1.5
    turned = np.zeros(root + 1, bool)
    for face, parent, other in zip(order[1:].tolist(), before[order[1:]].tolist(), differs.tolist(), strict=True):
        turned[face] = turned[parent] ^ other
    areas = np.linalg.norm(_area_vectors(vertices, faces), axis=1)
    share = np.bincount(labels, weights=areas * turned[:-1]) / np.maximum(np.bincount(labels, weights=areas), 1e-300)
    return np.asarray(turned[:-1] ^ (share > 0.5)[labels])


def inside_out(vertices: Array, faces: Faces) -> Mask:
    """Return the faces (F,) of the pieces that look inwards.

    Only closed pieces and nearly closed ones can: the lining of a bin looks inwards because it shall.
    """
    from trimesh.graph import connected_component_labels, face_adjacency

    labels = connected_component_labels(face_adjacency(faces), node_count=len(faces))
    count = int(labels.max()) + 1
    vectors, centers = _area_vectors(vertices, faces), vertices[faces].mean(axis=1)
    areas = np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)
    total = np.bincount(labels, weights=areas, minlength=count)
    middle = np.stack([np.bincount(labels, weights=areas * centers[:, k], minlength=count) for k in range(3)], axis=1)
    arms = centers - (middle / total[:, None])[labels]
    outward = np.bincount(labels, weights=(vectors * arms).sum(axis=1), minlength=count)
    reach = np.bincount(labels, weights=areas * np.linalg.norm(arms, axis=1), minlength=count)
    lost = np.stack([np.bincount(labels, weights=vectors[:, k], minlength=count) for k in range(3)], axis=1)
    is_closed = np.linalg.norm(lost, axis=1) < _NEARLY * total
    return np.asarray((is_closed & (outward < -_CLEARLY * reach))[labels])


def _area_vectors(vertices: Array, faces: Faces) -> Array:
    corners = vertices[faces]
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2


def _runs_along(faces: Faces, edges: NDArray[np.int64]) -> Mask:
    """Whether a face (N, 3) has its edge (N, 2) in that order."""
    after = np.roll(faces, -1, axis=1)
    return np.asarray(((faces == edges[:, :1]) & (after == edges[:, 1:])).any(axis=1))

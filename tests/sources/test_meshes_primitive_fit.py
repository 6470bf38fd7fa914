"""Primitives are found where a surface is one, wherever it lies, and nowhere else."""

import numpy as np
import pytest
import trimesh

from blueprint.contracts.asset import BoxShape, CapsuleShape, CylinderShape, SphereShape
from blueprint.sources.meshes.primitive_fit import fit_primitive

TURN = trimesh.transformations.euler_matrix(0.4, 0.7, 1.1)
TOLERANCE = 0.003


def fitted(shape: trimesh.Trimesh):
    return fit_primitive(np.asarray(shape.vertices), np.asarray(shape.faces, np.int32), shape.volume, TOLERANCE)


def test_a_cube_is_a_box_without_deviation() -> None:
    found = fitted(trimesh.creation.box((0.1, 0.1, 0.1)))
    assert found is not None
    assert found.collider.shape == BoxShape(half_extents=(0.05, 0.05, 0.05))
    assert found.p95_m == 0


def test_a_turned_box_keeps_its_size_and_place() -> None:
    shape = trimesh.creation.box((0.1, 0.2, 0.3), TURN)
    shape.apply_translation((1, 2, 3))
    found = fitted(shape)
    assert found is not None
    assert isinstance(found.collider.shape, BoxShape)
    assert sorted(found.collider.shape.half_extents) == pytest.approx([0.05, 0.1, 0.15], abs=1e-6)
    assert found.collider.pose_link_shape.position == pytest.approx((1, 2, 3), abs=1e-6)
    assert found.p95_m < 1e-6


@pytest.mark.parametrize(
    ("shape", "kind", "radius"),
    [
        (trimesh.creation.cylinder(0.03, 0.2, sections=40), CylinderShape, 0.03),
        (trimesh.creation.icosphere(3, 0.04), SphereShape, 0.04),
        (trimesh.creation.capsule(0.2, 0.03, count=[20, 32]), CapsuleShape, 0.03),
    ],
)
def test_round_ones_are_found_lying_on_their_side(shape: trimesh.Trimesh, kind: type, radius: float) -> None:
    shape = shape.copy()
    shape.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (1, 0, 0)))
    found = fitted(shape)
    assert found is not None
    assert isinstance(found.collider.shape, kind)
    assert found.collider.shape.radius == pytest.approx(radius, rel=0.01)
    assert found.p95_m < 5e-4


@pytest.mark.parametrize("shape", [trimesh.creation.cone(0.05, 0.1), trimesh.creation.annulus(0.03, 0.05, 0.1)])
def test_other_shapes_are_none(shape: trimesh.Trimesh) -> None:
    assert fitted(shape) is None

"""The triangles of a mesh divided among the parts that were fitted to it."""

from dataclasses import replace

import numpy as np
import pytest
from test_articulation_heuristic import UP, dented

from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.registry import AssetRequest, generate
from blueprint.sources.articulation.candidates import links_of_asset
from blueprint.sources.articulation.dress import CASES, dressed
from blueprint.sources.articulation.front_view import front_view, triangles_of
from blueprint.sources.articulation.heuristic import Fit, fit
from blueprint.sources.articulation.links import bounds, link_bounds, whole
from blueprint.sources.imported.mesh_file import MeshPart

FRONT = -0.7  # y of the normal of what looks to the front


@pytest.fixture(scope="module", params=["base_cabinet", "microwave"])
def fitted(request: pytest.FixtureRequest) -> Fit:
    asset = generate(AssetRequest(request.param, seed=4))  # with textures
    return fit(request.param, [dented(part) for part in whole(links_of_asset(asset))], UP)


def test_every_part_is_where_it_was_fitted_and_wears_the_mesh(fitted: Fit) -> None:
    found = dressed(fitted.upright, fitted.seen)
    assert found is not None
    boxes, wanted = link_bounds(found), link_bounds(fitted.upright)
    for link in found:
        assert np.abs(np.stack(boxes[link.name]) - np.stack(wanted[link.name])).max() < 0.006
        assert any(part.surface.texture is not None for part in link.parts)
    assert [link.joint for link in found] == [link.joint for link in fitted.upright]
    assert [len(link.pieces) for link in found] == [len(link.pieces) for link in fitted.upright]


def test_the_front_looks_as_the_mesh_does_when_all_is_closed(fitted: Fit) -> None:
    found = dressed(fitted.upright, fitted.seen)
    assert found is not None
    low, high = bounds(fitted.upright)
    seen = front_view(triangles_of(fitted.seen), low, high).depth
    made = front_view(triangles_of(whole(found)), low, high).depth
    assert np.nanmedian(np.abs(seen - made)) < 1e-4
    assert np.mean(np.abs(seen - made) < 0.003) > 0.9


def test_an_open_door_leaves_nothing_of_its_front_behind(fitted: Fit) -> None:
    found = dressed(fitted.upright, fitted.seen)
    assert found is not None
    for link in found[1:]:
        low, high = link_bounds(fitted.upright)[link.name]
        corners = np.concatenate([part.mesh.vertices[part.mesh.faces] for part in found[0].parts])
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        areas = np.linalg.norm(normals, axis=1) / 2
        centers = corners.mean(axis=1)
        over, middle = np.abs(centers - (low + high) / 2), (high - low) / 2 - 0.01
        behind = (over[:, [0, 2]] < middle[[0, 2]]).all(axis=1)
        front = normals[:, 1] < FRONT * np.maximum(2 * areas, 1e-18)
        left = areas[behind & front & (centers[:, 1] < high[1] - 0.003)].sum()
        assert left < 0.02 * np.prod((high - low)[[0, 2]])


def test_a_mesh_without_its_fronts_dresses_nothing(fitted: Fit) -> None:
    def without_front(part: MeshPart) -> MeshPart | None:
        corners = part.mesh.vertices[part.mesh.faces]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.maximum(np.linalg.norm(normals, axis=1), 1e-18)
        faces = part.mesh.faces[normals[:, 1] / lengths > FRONT]
        mesh = TriangleMesh(part.mesh.vertices, part.mesh.normals, part.mesh.uvs, faces)
        return replace(part, mesh=mesh) if len(faces) else None

    holed = [kept for part in fitted.seen if (kept := without_front(part)) is not None]
    assert dressed(fitted.upright, holed) is None


def test_only_boxes_whose_front_moves_are_dressed() -> None:
    assert "base_cabinet" in CASES
    assert not CASES & {"office_chair", "stove", "desk_with_drawers", "interior_door"}

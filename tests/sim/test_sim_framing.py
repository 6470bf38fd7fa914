import io

import mujoco
import numpy as np
import pytest
from PIL import Image

from blueprint.assets.registry import AssetRequest, generate
from blueprint.sim.framing import corners_of, frame_points, frame_tightly, hide_blocking
from blueprint.sim.renderer import open_renderer
from blueprint.sim.thumbnails import asset_thumbnails

CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


def test_a_cube_seen_head_on_takes_the_distance_of_its_near_face():
    # The near face, half side 1 at distance d - 1, fills a 90° picture when d - 1 = 1; 6 % margin.
    camera = frame_points(CORNERS, 90.0, 0.0, 90.0, 1.0)
    assert camera.distance == pytest.approx(1.06 * 2.0)
    np.testing.assert_allclose(camera.lookat, 0, atol=1e-12)


def test_a_wide_picture_needs_no_more_distance_than_a_square_one():
    square, wide = (frame_points(CORNERS, 90.0, 0.0, 60.0, aspect).distance for aspect in (1.0, 1.5))
    assert wide == pytest.approx(square)


def test_no_points_give_a_camera_that_is_not_inside_out():
    assert frame_points(np.zeros((0, 3)), 90.0, 0.0, 60.0, 1.0).distance > 0


def test_a_tight_frame_leaves_equal_margins_in_perspective():
    slab = CORNERS * (3.0, 2.0, 0.5)
    camera = frame_tightly(slab, 125.0, -36.0, 30.0, 1.5)
    a, e = np.radians([camera.azimuth, camera.elevation])
    forward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    right = np.array([np.sin(a), -np.cos(a), 0.0])
    up = np.cross(right, forward)
    seen = slab - np.array(camera.lookat)
    depth = seen @ forward + camera.distance
    y, x = seen @ up / depth / np.tan(np.radians(15)), seen @ right / depth / np.tan(np.radians(15)) / 1.5
    assert x.max() == pytest.approx(-x.min(), abs=0.01)
    assert y.max() == pytest.approx(-y.min(), abs=0.01)
    assert 0.85 < max(x.max(), y.max()) <= 1.0


@pytest.fixture
def walled():
    model = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><light dir='0 1 -1' directional='true'/>"
        "<geom name='ball' type='sphere' size='0.2' group='2' rgba='1 0 0 1'/>"
        "<geom name='wall' type='box' size='2 0.05 2' pos='0 -0.6 0' group='2'/></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def test_a_wall_before_the_camera_is_hidden_and_can_be_put_back(walled):
    model, data = walled
    ball, wall = model.geom("ball").id, model.geom("wall").id
    camera = frame_points(corners_of(model, data, [ball]), 90.0, 0.0, 30.0, 1.0)
    assert camera.distance > 0.7
    with open_renderer(model, "auto", 64, 64) as renderer:
        assert ball not in renderer.segmentation(data, camera)
        hidden = hide_blocking(model, data, camera, frozenset([wall]))
        assert hidden == [(wall, 2)]
        assert ball in renderer.segmentation(data, camera)


def test_an_object_that_is_no_wall_is_never_hidden(walled):
    model, data = walled
    camera = frame_points(corners_of(model, data, [model.geom("ball").id]), 90.0, 0.0, 30.0, 1.0)
    assert hide_blocking(model, data, camera, frozenset()) == []


def test_a_thumbnail_shows_the_asset_in_the_middle():
    picture = np.asarray(Image.open(io.BytesIO(next(asset_thumbnails([generate(AssetRequest("proxy", 1))])))))
    assert picture.shape == (256, 256, 3)
    ground = picture[-3:].reshape(-1, 3).mean(axis=0)
    assert np.abs(picture[100:156, 100:156].reshape(-1, 3).mean(axis=0) - ground).max() > 20


def test_the_same_asset_gives_the_same_thumbnail_in_any_company():
    asset, other = (generate(AssetRequest(kind, 1)) for kind in ("proxy", "fridge"))
    alone = next(asset_thumbnails([asset]))
    assert [alone, alone] == [picture for picture in asset_thumbnails([asset, other, asset])][::2]

import ctypes.util

import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.sim import gl
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.sim.renderer import box_average, open_renderer


@pytest.fixture(scope="module")
def start(world):
    simulator = MujocoSimulator(world)
    simulator.reset({})
    return simulator.planning_data()


def test_a_red_block_is_red_where_the_segmentation_says_it_is(world, start):
    with open_renderer(world.model, "auto", 160, 120) as renderer:
        picture = renderer.render(start, "robot/left")
        segments = renderer.segmentation(start, "robot/left")
    assert picture.shape == (120, 160, 3)
    assert picture.dtype == np.uint8
    block = segments == world.model.geom("block/v0").id
    assert block.sum() > 10
    red, green, blue = picture[block].mean(axis=0)
    assert red > 3 * green
    assert red > 3 * blue


def test_colliders_are_not_drawn(world, start):
    with open_renderer(world.model, "auto", 160, 120) as renderer:
        drawn = np.unique(renderer.segmentation(start, "robot/left"))
    groups = {int(world.model.geom_group[geom]) for geom in drawn if geom >= 0}
    assert 3 not in groups
    assert 2 in groups


def test_depth_is_in_metres_along_the_axis():
    model = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><geom type='box' size='1 1 0.1' pos='0 0 0'/>"
        "<camera name='top' pos='0 0 2.1' xyaxes='1 0 0 0 1 0'/></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with open_renderer(model, "auto", 64, 64) as renderer:
        depth = renderer.depth(data, "top")
    assert depth[32, 32] == pytest.approx(2.0, abs=2e-3)


def test_the_same_state_gives_the_same_pixels(world, start):
    pictures = []
    for _ in range(2):
        with open_renderer(world.model, "auto", 96, 72) as renderer:
            pictures.append(renderer.render(start, "robot/wrist"))
    np.testing.assert_array_equal(*pictures)


def test_the_models_own_quality_settings_are_left_alone(world):
    before = world.model.vis.quality.shadowsize, world.model.vis.global_.offwidth
    open_renderer(world.model, "auto", 64, 48).close()
    assert (world.model.vis.quality.shadowsize, world.model.vis.global_.offwidth) == before


def test_an_unknown_camera_is_refused_with_the_names_that_there_are(world, start):
    with open_renderer(world.model, "auto", 64, 48) as renderer, pytest.raises(InputError, match="robot/wrist"):
        renderer.render(start, "robot/ceiling")


def test_a_closed_renderer_refuses_to_draw(world, start):
    renderer = open_renderer(world.model, "auto", 64, 48)
    renderer.close()
    renderer.close()
    with pytest.raises(InputError, match="closed"):
        renderer.render(start, -1)


@pytest.mark.parametrize(("kind", "width"), [("opengl", 64), ("egl", 0), ("egl", 100_000)])
def test_an_unknown_kind_or_size_is_refused(world, kind, width):
    with pytest.raises(InputError):
        open_renderer(world.model, kind, width, 48)


def test_box_average_is_the_mean_of_each_block():
    picture = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    expected = picture.reshape(4, 2, 6, 2, 3).astype(float).mean(axis=(1, 3))
    np.testing.assert_allclose(box_average(picture, 2), expected, atol=0.5)
    np.testing.assert_array_equal(box_average(picture, 1), picture)


@pytest.mark.skipif(not ctypes.util.find_library("OSMesa"), reason="libosmesa6 is not installed")
def test_osmesa_draws_in_a_process_of_its_own():
    probe = gl.probe_gl("osmesa")
    assert probe.works, probe.detail
    assert probe.packages == ("libosmesa6",)


def test_without_any_driver_the_packages_are_named(monkeypatch):
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(gl, "probe_gl", lambda kind: gl.GlProbe(kind, False, "no library", ()))
    with pytest.raises(MissingDependencyError, match="libegl1 libopengl0 libgl1-mesa-dri"):
        gl.choose_gl.__wrapped__()


def test_a_named_renderer_that_does_not_draw_is_refused_with_its_packages(monkeypatch):
    monkeypatch.setattr(gl, "probe_gl", lambda kind: gl.GlProbe(kind, False, "no library", ("libosmesa6",)))
    with pytest.raises(MissingDependencyError, match="libosmesa6"):
        gl.require_gl("osmesa")


def test_muj0co_gl_in_the_environment_decides(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    assert gl.choose_gl.__wrapped__() == "osmesa"


@pytest.mark.slow
@pytest.mark.skipif(not ctypes.util.find_library("vulkan"), reason="libvulkan1 is not installed")
def test_filament_draws_in_a_process_of_its_own():
    probe = gl.probe_gl("filament")
    assert probe.works, probe.detail


def test_a_renderer_draws_into_its_own_buffer_while_another_is_open(world, start):
    with open_renderer(world.model, "auto", 64, 48) as renderer:
        alone = renderer.render(start, "robot/left"), renderer.depth(start, "robot/left")
    with open_renderer(world.model, "auto", 64, 48) as renderer, open_renderer(world.model, "auto", 32, 24) as other:
        other.render(start, "robot/left")
        assert np.array_equal(renderer.render(start, "robot/left"), alone[0])
        assert np.array_equal(renderer.depth(start, "robot/left"), alone[1])

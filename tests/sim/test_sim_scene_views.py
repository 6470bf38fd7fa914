"""Rooms in pictures: which walls a doll's house leaves out, where the camera stands, and how it is lit."""

import mujoco
import numpy as np
import pytest
from hand_made_scene import _asset, _link, _object

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import Placement, SceneFrame, SceneManifest, Transform
from blueprint.sim.cutaway import cutaway_of
from blueprint.sim.renderer import open_renderer
from blueprint.sim.room_views import corner_views, render_rooms, rooms_of
from blueprint.sim.studio import cover, render_lit, replace_lights

GROUP = 2
WALLS = {"south": (0, -2.05, 2.1, 0.05), "north": (0, 2.05, 2.1, 0.05), "west": (-2.05, 0, 0.05, 2.1),
         "east": (2.05, 0, 0.05, 2.1)}  # fmt: skip
LOOKING_NORTH_WEST = 125.0


def shell_xml(walls, extra=""):
    geoms = "".join(
        f"<geom name='{name}' type='box' group='2' size='{hx} {hy} 1.3' pos='{x} {y} 1.3'/>"
        for name, (x, y, hx, hy) in walls.items()
    )
    return f"""<mujoco><worldbody><light directional='true' dir='0 0 -1'/>
      <body name='room'><geom name='floor' type='box' group='2' size='2.1 2.1 0.05' pos='0 0 -0.05'/>{geoms}</body>
      <body name='picture' pos='0 -1.98 1.5'>
        <geom name='picture_v' type='box' group='2' size='0.3 0.01 0.2' rgba='1 0 0 1'/></body>
      <body name='lamp' pos='0 0 2.4'><geom name='lamp_v' type='sphere' group='2' size='0.15'/></body>
      <body name='vase' pos='0 -1.95 1.75'><geom name='vase_v' type='sphere' group='2' size='0.05'/></body>
      <body name='chest' pos='1.5 1.5 0.4'><geom name='chest_v' type='box' group='2' size='0.4 0.3 0.4'/></body>{extra}
    </worldbody></mujoco>"""


def scene_with(floors):
    regions = [
        Region(
            name=f"floor_{k}",
            link="body",
            kind="floor",
            pose_link_region=Pose(position=(x, y, 0)),
            half_extents=(half_x, half_y),
            clearance_m=2.5,
        )
        for k, (x, y, half_x, half_y) in enumerate(floors)
    ]
    names = ("room", "picture", "lamp", "vase", "chest")
    assets = {name: _asset(name, [_link("body")], regions if name == "room" else []) for name in names}
    to_the_south = Pose(position=(0, -1.98, 1.5), quat_wxyz=tuple(quat_wxyz_from_yaw(np.pi)))
    picture = _object("picture", "static", 0, -1.98, 1.5, None).model_copy(
        update={"mounting": "wall", "transform": Transform.of(to_the_south)}
    )
    lamp = _object("lamp", "static", 0, 0, 2.4, None).model_copy(update={"mounting": "ceiling"})
    objects = [
        _object("room", "scene_shell", 0, 0, 0, None),
        picture,
        lamp,
        _object("vase", "manipulable_object", 0, -1.95, 1.75, Placement(parent_id="picture")),
        _object("chest", "manipulable_object", 1.5, 1.5, 0, None),
    ]
    return Scene(SceneManifest(version="1.0.0", scene_id="r", scene=SceneFrame(), objects=objects), assets)


def cut(xml, floors=((0, 0, 1.97, 1.97),)):
    model = mujoco.MjModel.from_xml_string(xml)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, cutaway_of(scene_with(floors), model, data, GROUP)


def names(model, geoms):
    return {model.geom(geom).name for geom in geoms}


def test_walls_before_the_camera_go_with_all_that_hangs_on_them_and_the_others_stay():
    model, cutaway = cut(shell_xml(WALLS))
    assert names(model, cutaway.hidden(LOOKING_NORTH_WEST)) == {"south", "east", "picture_v", "vase_v", "lamp_v"}
    assert names(model, cutaway.hidden(LOOKING_NORTH_WEST + 180)) == {"north", "west", "lamp_v"}


def test_seen_along_a_wall_only_the_wall_across_is_left_out():
    model, cutaway = cut(shell_xml(WALLS))
    assert names(model, cutaway.hidden(-90.0)) == {"north", "lamp_v"}


def test_a_set_with_an_open_side_is_no_dolls_house():
    assert cut(shell_xml({name: WALLS[name] for name in ("north", "west")}))[1] is None


def test_a_wall_between_two_rooms_is_glass_and_not_left_out():
    inner = {**WALLS, "between": (0, 0, 2.0, 0.05)}
    model, cutaway = cut(shell_xml(inner), ((0, -1.0, 1.97, 0.92), (0, 1.0, 1.97, 0.92)))
    for azimuth in (125.0, 55.0, -55.0, -125.0):
        assert names(model, cutaway.between(azimuth)) == {"between"}
        assert "between" not in names(model, cutaway.hidden(azimuth))


@pytest.mark.parametrize(("floor", "across"), [((0, 0, 6, 3), 90.0), ((0, 0, 3, 6), 0.0)])
def test_the_long_side_of_a_room_lies_across_the_picture(floor, across):
    for azimuth in corner_views(np.array([floor], float)):
        off = abs((azimuth - across + 90.0) % 180.0 - 90.0)
        assert off == pytest.approx(24.0)


def test_corner_views_look_into_four_corners():
    quadrants = {
        (np.cos(np.radians(a)) > 0, np.sin(np.radians(a)) > 0) for a in corner_views(np.array([[0.0, 0, 4, 4]]))
    }
    assert len(quadrants) == 4


def test_the_overview_looks_at_what_stands_with_its_face_to_the_room():
    # The picture hangs on the south wall: it is seen by cameras that look south, the chest from anywhere.
    rooms = rooms_of(scene_with([(0, 0, 1.97, 1.97)]), mujoco.MjSpec.from_string(shell_xml(WALLS)))
    pictures = render_rooms(rooms, "auto", (240, 160))
    assert set(pictures) == {"overview", "front", "top"}
    red = pictures["overview"].astype(int)
    assert ((red[..., 0] > 120) & (red[..., 1] < 60)).sum() > 20


def test_pictures_leave_the_model_as_it_was():
    rooms = rooms_of(scene_with([(0, 0, 1.97, 1.97)]), mujoco.MjSpec.from_string(shell_xml(WALLS)))
    before = rooms.model.geom_group.copy()
    first = render_rooms(rooms, "auto", (240, 160))
    np.testing.assert_array_equal(rooms.model.geom_group, before)
    again = render_rooms(rooms, "auto", (240, 160))
    for name, picture in first.items():
        np.testing.assert_array_equal(picture, again[name])


def test_a_shadow_under_soft_light_has_a_wide_edge():
    spec = mujoco.MjSpec.from_string(
        "<mujoco><worldbody><geom type='box' size='2 2 0.01' group='2' pos='0 0 -0.01' rgba='1 1 1 1'/>"
        "<geom type='box' size='0.3 0.3 0.02' group='2' pos='0 0 1' rgba='1 1 1 1'/></worldbody></mujoco>"
    )
    replace_lights(spec)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    camera = mujoco.MjvCamera()
    camera.azimuth, camera.elevation, camera.distance = 90.0, -89.9, 5.0
    points = np.array([[x, y, z] for x in (-2, 2) for y in (-2, 2) for z in (0, 1)], float)
    stage = cover(model, points)
    with open_renderer(model, "auto", 120, 120, supersample=1) as drawing:
        picture = render_lit(drawing, model, data, camera, stage)
    lit, levels = picture.max(), np.unique(picture[..., 0] // 8)
    assert lit > 180
    assert len(levels) > 6  # a hard shadow has two

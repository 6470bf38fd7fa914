import numpy as np
from block_ground import Ground
from scipy.spatial.transform import Rotation

from blueprint.robots.embodiment import load_embodiment
from blueprint.training.demonstrations import read_demonstrations
from blueprint.training.disturbance import carried_along, disturbances, held_things, led_back
from blueprint.training.features import split_environment, state_features
from blueprint.training.hand_space import HandSpace, moved, offset_of


def poses(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.tile(np.eye(4), (count, 1, 1))
    made[:, :3, :3] = Rotation.random(count, rng=rng).as_matrix()
    made[:, :3, 3] = rng.uniform(-1, 1, (count, 3))
    return made


def test_an_offset_leads_from_a_pose_to_its_target():
    here, there = poses(5, 0), poses(5, 1)
    np.testing.assert_allclose(moved(here, offset_of(here, there)), there, atol=1e-12)


def test_what_is_seen_from_the_hand_does_not_depend_on_where_both_are():
    hands, things, shift = poses(3, 0), poses(6, 1).reshape(3, 2, 4, 4), poses(1, 2)[0]
    nothing = np.zeros((3, 0)), np.zeros((3, 2)), np.zeros(3)
    before = state_features(hands, things, *nothing)
    after = state_features(shift @ hands, shift @ things, *nothing)
    same = np.isclose(before, after, atol=1e-6).all(axis=0)
    assert same.sum() == 1 + 2 + 2 * 9  # all but the hand's own pose and the way between the things in the base's frame


def test_a_hand_beside_its_path_is_led_back_by_half_at_every_tick():
    targets = np.tile(np.eye(4), (1, 4, 1, 1))
    offsets = np.array([[0.08, 0, 0, 0, 0, 0.4]])
    back = offset_of(targets, led_back(targets, offsets))
    np.testing.assert_allclose(back[0, :, 0], [0.04, 0.02, 0.01, 0.005])
    np.testing.assert_allclose(back[0, :, 5], [0.2, 0.1, 0.05, 0.025])


def test_only_what_is_in_the_hand_goes_along_when_the_hand_is_put_elsewhere():
    hands, things = poses(2, 0), poses(4, 1).reshape(2, 2, 4, 4)
    put = moved(hands, disturbances(2, np.random.default_rng(0)))
    held = np.array([[True, False], [False, False]])
    after = carried_along(hands, put, things, held)
    np.testing.assert_allclose(np.linalg.inv(put[0]) @ after[0, 0], np.linalg.inv(hands[0]) @ things[0, 0], atol=1e-12)
    np.testing.assert_array_equal(after[0, 1], things[0, 1])
    np.testing.assert_array_equal(after[1], things[1])


def test_the_block_is_held_from_the_grip_to_the_release_and_the_table_never(ground: Ground):
    (item,) = read_demonstrations(ground.scene_dir, ground.task, ground.folders[:1])
    hand = HandSpace(load_embodiment(ground.task.embodiment))
    things, _ = split_environment(item.environment, 3)
    held = held_things(hand.poses(item.state), things, hand.openings(item.state), hand.openings(item.action))
    ticks = np.flatnonzero(held[:, 0])
    assert 20 < len(ticks) < item.ticks - 20
    lifted = item.environment[:, 2] > item.environment[0, 2] + 0.02
    assert held[lifted, 0].all()
    assert not held[:, 1].any()


def test_a_pose_becomes_the_joints_that_reach_it(ground: Ground):
    (item,) = read_demonstrations(ground.scene_dir, ground.task, ground.folders[:1])
    hand = HandSpace(load_embodiment(ground.task.embodiment))
    wanted = hand.poses(item.action[40:41])[0]
    action = hand.action(wanted, 0.05, item.action[35])
    np.testing.assert_allclose(hand.poses(action[None])[0], wanted, atol=2e-3)
    assert action[-1] == np.float32(0.05)
    far = np.array(wanted)
    far[:3, 3] += 5.0
    assert hand.action(far, 0.05, item.action[35]) is None

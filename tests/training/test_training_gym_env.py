import warnings

import gymnasium
import numpy as np
import pytest
from block_ground import Ground

from blueprint.contracts.errors import InputError
from blueprint.episodes.record import read_arrays
from blueprint.training.gym_env import make_env, make_vector_envs


def test_gymnasiums_own_checker_finds_nothing_wrong(ground: Ground):
    from gymnasium.utils.env_checker import check_env

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(symmetric|infinity).*")
        check_env(make_env(ground.scene_dir, cameras=[]), skip_render_check=True)


def test_a_seed_names_a_variation_and_without_one_they_follow_each_other(ground: Ground):
    env = make_env(ground.scene_dir, cameras=[])
    chosen = [env.reset(seed=seed)[1]["variation_id"] for seed in (4, 0)] + [env.reset()[1]["variation_id"]]
    assert chosen == ["v001", "v000", "v001"]
    assert env.reset(options={"variation_id": "v002"})[1]["variation_id"] == "v002"
    with pytest.raises(InputError, match="v000"):
        env.reset(options={"variation_id": "nowhere"})


def test_a_demonstration_earns_the_reward_and_the_vector_environment_says_that_it_succeeded(ground: Ground):
    envs = make_vector_envs(ground.scene_dir, 2, cameras=[])["bench"][0]
    observation, _ = envs.reset(seed=[1, 1])
    assert set(observation) == {"agent_pos", "environment_state"}
    assert envs.call("task_description") == (ground.task.instruction,) * 2
    actions = read_arrays(ground.folders[1] / "trajectory.npz")["action"]
    total, final = np.zeros(2), None
    for action in actions:
        _, reward, terminated, _, info = envs.step(np.stack([action, actions[0]]))
        total += reward
        if terminated[0]:
            final = info["final_info"]["is_success"]
            break
    assert final is not None
    assert final.tolist() == [True, False]
    assert total.tolist() == [1.0, 0.0]


def test_it_is_registered_so_that_gymnasium_can_make_it_by_name(ground: Ground):
    env = gymnasium.make("blueprint/Task-v0", scene_dir=str(ground.scene_dir), cameras=[])
    assert env.get_wrapper_attr("_max_episode_steps") == env.unwrapped.environment.max_ticks
    assert env.action_space.shape == (8,)
    with pytest.raises(InputError, match="bench::pick_place::block_1"):
        gymnasium.make("blueprint/Task-v0", scene_dir=str(ground.scene_dir), task_id="bench::pour::tea")


@pytest.mark.slow
def test_pictures_have_the_size_that_was_asked_for(ground: Ground):
    env = make_env(ground.scene_dir, cameras=["wrist"], width_px=64, height_px=48)
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert observation["pixels"]["wrist"].shape == (48, 64, 3)
    assert observation["pixels"]["wrist"].std() > 5
    assert env.render().shape == (48, 64, 3)

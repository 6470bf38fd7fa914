from pathlib import Path

import numpy as np
import pytest
from block_ground import Ground, moved_block

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.training import TrainingRequest
from blueprint.contracts.variation import Variation
from blueprint.training.demonstrations import read_demonstrations
from blueprint.training.environment import TaskEnvironment
from blueprint.training.evaluation import attempt, success_rate
from blueprint.training.hand_space import HandSpace
from blueprint.training.learning_curve import learning_curve, most_demonstrated, sizes_of
from blueprint.training.network import Schedule, fit_network
from blueprint.training.policy_files import WEIGHTS, load_policy
from blueprint.training.state_policy import fit_state_policy
from blueprint.training.trial import try_policy

QUICK = TrainingRequest(demonstrations=[2], evaluation_episodes=1, passes=30)


def unseen(ground: Ground, number: int = 100) -> Variation:
    return moved_block(ground.scene_dir, number, f"unseen_{number}")


@pytest.fixture(scope="module")
def quick(ground: Ground):
    return learning_curve(ground.scene_dir, ground.task, ground.folders, [unseen(ground)], QUICK)


def test_a_policy_that_has_hardly_learned_fails_and_the_curve_says_so(quick):
    assert [point.demonstrations for point in quick.curve] == [2]
    assert quick.curve[0].unseen.succeeded == 0
    assert quick.curve[0].unseen_episodes[0].reason != "success"
    assert quick.demonstrator.succeeded == 1


def test_a_kept_policy_acts_as_the_one_that_was_tried(quick, ground: Ground, tmp_path: Path):
    folder = ground.scene_dir / quick.curve[0].policy
    unseen(ground).write(tmp_path / "a.json")
    again = try_policy(folder, ground.scene_dir, tmp_path)
    assert again.episodes == quick.curve[0].unseen_episodes


@pytest.mark.slow
def test_the_same_request_gives_the_same_bytes(quick, ground: Ground):
    before = (ground.scene_dir / quick.curve[0].policy / WEIGHTS).read_bytes()
    again = learning_curve(ground.scene_dir, ground.task, ground.folders, [unseen(ground)], QUICK)
    assert again == quick
    assert (ground.scene_dir / quick.curve[0].policy / WEIGHTS).read_bytes() == before


def test_weights_that_were_tampered_with_are_refused(quick, ground: Ground, tmp_path: Path):
    folder = ground.scene_dir / quick.curve[0].policy
    for name in ("policy.json", WEIGHTS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes() + b" ")
    with pytest.raises(ContractError, match="not what policy"):
        load_policy(tmp_path)


def test_a_variation_that_was_trained_on_is_not_unseen(ground: Ground):
    with pytest.raises(InputError, match="v001"):
        learning_curve(ground.scene_dir, ground.task, ground.folders, [ground.variations[1]], QUICK)


def test_sizes_that_cannot_be_filled_give_way_to_all_that_there_are():
    request = TrainingRequest(demonstrations=[50, 200, 500])
    assert sizes_of(request, 1000) == [50, 200, 500]
    assert sizes_of(request, 120) == [50, 120]
    assert sizes_of(request, 7) == [7]


def test_a_task_without_demonstrations_cannot_be_learned(ground: Ground):
    with pytest.raises(InputError, match="no demonstrations"):
        most_demonstrated([ground.task], [], None)


def test_an_attempt_that_the_arm_cannot_follow_ends_at_the_time_limit(ground: Ground):
    class Away:
        """Tells the arm to hold still."""

        def reset(self) -> None:
            pass

        def act(self, seen):
            return seen.state

    environment = TaskEnvironment(ground.scene_dir, ground.task, max_ticks=8)
    tried = attempt(Away(), environment, ground.variations[0])
    assert (tried.success, tried.ticks, tried.reason) == (False, 8, "step_limit")
    rate = success_rate([tried] * 10)
    assert rate.rate == 0
    assert rate.high == pytest.approx(0.278, abs=1e-3)  # Wilson's upper bound for 0 of 10


@pytest.mark.slow
def test_three_demonstrations_are_enough_to_do_again_what_they_show(ground: Ground):
    demonstrations = read_demonstrations(ground.scene_dir, ground.task, ground.folders)
    environment = TaskEnvironment(ground.scene_dir, ground.task)
    environment.reset(None)
    policy, _ = fit_state_policy(
        demonstrations,
        HandSpace(environment.embodiment),
        environment.observer.poses,
        fit_network,
        Schedule(steps=2500),
        np.random.default_rng(0),
    )
    tried = [attempt(policy, environment, variation) for variation in ground.variations]
    assert sum(item.success for item in tried) >= 2

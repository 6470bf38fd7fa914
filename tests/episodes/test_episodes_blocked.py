"""An arm that something holds back ends its attempt, even where the predicates would hold."""

import numpy as np
import pytest

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.task import AtRest
from blueprint.episodes import rollout
from blueprint.episodes.worlds import WorldCache

TICKS = 30


class Lean:
    """Turn the shoulder forwards: a motion that no planner would allow, down into the table's side."""

    name = "lean"
    instruction = "lean forwards"

    def __init__(self, angle_rad: float) -> None:
        self.angle_rad = angle_rad

    def plan(self, ctx):
        actions = np.repeat(ctx.embodiment.home_action[None], TICKS, axis=0).astype(np.float32)
        actions[:, 1] += np.linspace(0.0, self.angle_rad, TICKS)
        return actions

    def verify(self, ctx):
        pass


@pytest.mark.parametrize(("angle_rad", "blocked"), [(0.1, False), (1.7, True)])
def test_a_blocked_arm_is_a_collision_although_the_predicates_hold(bench, monkeypatch, angle_rad, blocked):
    scene_dir, task = bench
    resting = task.model_copy(update={"success": [AtRest(object_id="table")]})
    monkeypatch.setattr(rollout, "skills_for", lambda _: [Lean(angle_rad)])
    worlds = WorldCache()
    result = rollout.roll_out(worlds.world(scene_dir, resting, None), resting, np.random.default_rng(0), 200)
    worlds.close()
    assert all(item.satisfied for item in result.predicates)
    assert result.success is not blocked
    assert result.reason == (FailureReason.COLLISION if blocked else None)
    assert not blocked or "behind its command" in (result.detail or "")


def test_an_arm_that_moves_freely_stays_far_below_the_limit(bench):
    scene_dir, task = bench
    worlds = WorldCache()
    result = rollout.roll_out(worlds.world(scene_dir, task, None), task, np.random.default_rng(3), 1200)
    worlds.close()
    assert result.success, result.detail
    ticks = zip(result.trace.actions, result.trace.observations[1:], strict=True)
    assert max(float(np.abs(action[:-1] - seen.state[:-1]).max()) for action, seen in ticks) < 0.5 * rollout.MAX_LAG_RAD

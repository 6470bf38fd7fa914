"""The stage that trains, and the events that ask for it."""

from pathlib import Path

import pytest

from bench_scene import author_bench
from blueprint.contracts.errors import InputError
from blueprint.contracts.events import EventOutcome
from blueprint.contracts.import_manifest import EpisodeCounts, ImportManifest
from blueprint.contracts.scene import load_scene
from blueprint.contracts.task import At, PlanCertificate, TaskSet
from blueprint.contracts.training import (
    UNSEEN_VARIATIONS,
    CurvePoint,
    EvaluationEpisode,
    SuccessRate,
    TrainingRequest,
    TrainingSummary,
)
from blueprint.contracts.variation import ObjectSample, Uniform, Variation, VariationSpace
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.run import run_episode
from blueprint.pipeline.announce import announce_import
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import StageContext
from blueprint.pipeline.steps.training import train_policy, training_checks, unseen_variations
from blueprint.pipeline.training_events import consume_imports
from blueprint.storage import layout
from blueprint.storage.event_queue import queued
from blueprint.storage.local import LocalStore


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """A scene below a root, with two imported episodes without pictures and a space to vary in."""
    scene_dir = tmp_path_factory.mktemp("root") / "scenes" / "bench"
    task = author_bench(scene_dir)
    at = At(object_id="block_1", support_id="table", region="top", position=(-0.1, -0.05), tolerance_m=0.04)
    plan = PlanCertificate(grasp="top", waypoints=150, duration_s=7.5, subtasks=["pick", "place"])
    task = task.model_copy(update={"success": [at, *task.success], "plan": plan})
    TaskSet(scene_id="bench", embodiment="primitive_arm", tasks=[task]).write(scene_dir / layout.TASKS)
    pose = load_scene(scene_dir).object("block_1").transform.pose()
    for number, shift in enumerate((-0.02, 0.02)):
        position = (pose.position[0] + shift, *pose.position[1:])
        sample = ObjectSample(pose_world_object=pose.model_copy(update={"position": position}))
        name = f"v{number:03d}"
        made = Variation(variation_id=name, scene_id="bench", seed=number, objects={"block_1": sample})
        made.write(scene_dir / layout.variation(name))
        run_episode(EpisodeJob(scene_dir, task, f"e{number}", 7, name, RenderSettings(enabled=False)))
    counts = EpisodeCounts(found=2, accepted=2, rejected=0, rejected_by_reason={})
    ImportManifest(
        scene_id="bench",
        robot_types=["primitive_arm"],
        episodes=counts,
        accepted=["e0", "e1"],
        rejected=[],
        file_inventory=[],
    ).write(scene_dir / layout.IMPORT_MANIFEST)  # written by hand: an import refuses episodes without videos
    space = VariationSpace(scene_id="bench", axes={"object_pose_m": Uniform(low=-0.03, high=0.03)})
    space.write(scene_dir / layout.VARIATION_SPACE)
    return scene_dir


def test_an_import_is_announced_once_below_the_root(imported):
    store = LocalStore(imported.parents[1])
    assert announce_import(store, imported) is True
    assert announce_import(store, imported) is False
    (event,) = queued(store)
    assert event.data.scene_id == "bench"
    with pytest.raises(InputError, match="no imported episodes"):
        announce_import(store, imported / "nowhere")


def test_an_event_whose_training_fails_is_kept_with_the_reason_and_the_queue_goes_on(imported):
    store = LocalStore(imported.parents[1])
    announce_import(store, imported)
    outcomes = consume_imports(str(imported.parents[1]))  # no gate let this import pass: the stage must refuse it
    assert [outcome.status for outcome in outcomes] == ["failed"]
    assert "episodes_imported" in outcomes[0].detail
    assert list(queued(store)) == []
    (kept,) = (imported.parents[1] / "automation" / "training" / "failed").glob("*.json")
    assert EventOutcome.read(kept) == outcomes[0]


def test_unseen_variations_are_certified_and_the_same_for_the_same_seed(imported):
    request = TrainingRequest(evaluation_episodes=2, seed=5)
    first, again = unseen_variations(imported, request), unseen_variations(imported, request)
    assert first == again
    assert [item.certificate["passed"] for item in first] == [True, True]
    assert unseen_variations(imported, request.model_copy(update={"seed": 6})) != first


def test_the_gate_warns_of_a_poor_policy_and_fails_without_a_measurement():
    poor = _summary(succeeded=1, attempts=10)
    assert [(check.name, check.passed, check.severity) for check in training_checks(poor)] == [
        ("curve_measured", True, "ERROR"),
        ("unseen_success", False, "WARNING"),
    ]
    nothing = poor.model_copy(update={"curve": []})
    assert not training_checks(nothing)[0].passed
    claimed = poor.curve[0].model_copy(update={"unseen_episodes": []})
    assert not training_checks(poor.model_copy(update={"curve": [claimed]}))[0].passed


@pytest.mark.slow
def test_the_stage_writes_curve_policies_and_gate(imported):
    request = TrainingRequest(demonstrations=[1, 50], evaluation_episodes=1, passes=20)
    request.write(imported / layout.TRAINING_REQUEST)
    outcome = train_policy(StageContext("training", imported, RunSettings(robot="primitive_arm")))
    summary = TrainingSummary.read(imported / layout.TRAINING_SUMMARY)
    assert [point.demonstrations for point in summary.curve] == [1, 2]
    assert any("50 demonstrations were asked for; there are 2" in note for note in outcome.fallbacks)
    assert all((imported / point.policy / "weights.npz").is_file() for point in summary.curve)
    assert (imported / layout.gate_certificate("policy_evaluated")).is_file()
    assert len(list((imported / UNSEEN_VARIATIONS).glob("unseen_*.json"))) >= 1


def _summary(succeeded: int, attempts: int) -> TrainingSummary:
    episodes = [
        EvaluationEpisode(variation_id=f"u{number}", success=number < succeeded, ticks=9, reason="success")
        for number in range(attempts)
    ]
    rate = SuccessRate(succeeded=succeeded, attempts=attempts, low=0.0, high=1.0)
    point = CurvePoint(
        demonstrations=5,
        variations=5,
        frames=900,
        policy="training/policies/state_5",
        train_loss=0.1,
        validation_loss=0.1,
        seen=rate,
        unseen=rate,
        seen_episodes=episodes,
        unseen_episodes=episodes,
    )
    return TrainingSummary(
        scene_id="s",
        task_id="t",
        instruction="i",
        embodiment="primitive_arm",
        policy="state",
        seed=0,
        available=5,
        curve=[point],
    )

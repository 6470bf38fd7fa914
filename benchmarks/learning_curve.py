"""The learning curve of one pick-and-place: `python benchmarks/learning_curve.py FOLDER [--demonstrations 16,50,200]`.

Makes a scene, as many certified variations as demonstrations, and the demonstrations themselves without pictures, which
a state policy does not look at; then trains on growing numbers of them and tries every policy in the same unseen
variations. What is there already is kept, so that a run that was stopped goes on.
"""

import argparse
from pathlib import Path

from blueprint.contracts.scene import load_scene
from blueprint.contracts.seeds import derive_seed
from blueprint.contracts.task import TaskSet
from blueprint.contracts.training import TrainingRequest
from blueprint.contracts.variation import VariationSpace
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.record import finished_record
from blueprint.episodes.run import watched_episode
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.steps.training import unseen_variations
from blueprint.pipeline.steps.variation import refusal_of
from blueprint.randomize import sample_certified
from blueprint.storage import layout
from blueprint.training.learning_curve import learning_curve

PROMPT = "a table with a wooden block and a bowl"
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--demonstrations", default="16,50,200,500")
    parser.add_argument("--episodes", type=int, default=40, help="attempts per evaluation")
    parser.add_argument("--robot", default="primitive_arm")
    options = parser.parse_args()
    sizes = [int(size) for size in options.demonstrations.split(",")]
    settings = RunSettings(robot=options.robot, tasks=1, seed=SEED, variations=1)
    exists = (options.folder / "scenes" / "learn").exists()
    made = run_pipeline(PROMPT, str(options.folder), "learn", settings, resume=exists, to_stage="tasks")
    scene_dir = Path(made.scene_dir)
    task = TaskSet.read(scene_dir / layout.TASKS).tasks[0]
    folders = demonstrate(scene_dir, max(sizes))
    request = TrainingRequest(demonstrations=sizes, evaluation_episodes=options.episodes, seed=SEED)
    unseen = unseen_variations(scene_dir, request)
    summary = learning_curve(
        scene_dir, task, folders, unseen, request, lambda done, total, note: print(note, flush=True)
    )
    summary.write(scene_dir / layout.TRAINING_SUMMARY)
    print("| demonstrations | seen variations | unseen variations | 95 % interval |\n|---|---|---|---|")
    for point in summary.curve:
        seen, rate = point.seen, point.unseen
        print(
            f"| {point.demonstrations} | {seen.succeeded} of {seen.attempts} | {rate.succeeded} of {rate.attempts} "
            f"| {rate.low:.0%} to {rate.high:.0%} |"
        )


def tell(done: int, total: int, note: str) -> None:
    print(f"{done}/{total} {note}", flush=True)


def demonstrate(scene_dir: Path, count: int) -> list[Path]:
    """Return the folders of `count` successful episodes, each in a variation of its own."""
    scene = load_scene(scene_dir)
    space = VariationSpace.read(scene_dir / layout.VARIATION_SPACE)
    refuse = refusal_of(scene, scene_dir)
    task = TaskSet.read(scene_dir / layout.TASKS).tasks[0]
    folders: list[Path] = []
    number = 0
    while len(folders) < count:
        variation = sample_certified(scene, space, SEED, f"v{number:04d}", certify=refuse)
        number += 1
        if variation is None:
            continue
        variation.write(scene_dir / layout.variation(variation.variation_id))
        seed = derive_seed(SEED, "learning curve", number)
        off = RenderSettings(enabled=False)
        job = EpisodeJob(scene_dir, task, f"demonstration_{number:04d}", seed, variation.variation_id, off)
        if (finished_record(job) or watched_episode(job)).success:
            folders.append(job.folder)
    return folders


if __name__ == "__main__":
    main()

"""How do I roll out one task and replay its actions?  python examples/roll_out_and_replay.py SCENE_DIR OUT_DIR"""

import sys
from pathlib import Path

from blueprint.contracts.task import TaskSet
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.replay import replay
from blueprint.episodes.run import run_episode
from blueprint.storage import layout

scene_dir, out = Path(sys.argv[1]), Path(sys.argv[2])
task = TaskSet.read(scene_dir / layout.TASKS).tasks[0]
job = EpisodeJob(scene_dir, task, "example", seed=0, render=RenderSettings(enabled=False), records_dir=out)
record = run_episode(job)
print(f"{task.instruction!r}: {'success' if record.success else record.failure_detail} in {record.frames} frames")
again = replay(job.folder, scene_dir)
print(f"replay: success {again.success}, identical states {again.identical}")

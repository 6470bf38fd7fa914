"""A block that is moved along a table: a scene with one task, and variations of where the block is."""

from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import load_scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import ObjectSample, Variation


@dataclass(frozen=True)
class Ground:
    """A scene with one task, the variations that demonstrations were made in, and the folders of their records."""

    scene_dir: Path
    task: TaskSpec
    variations: list[Variation]
    folders: list[Path]


def moved_block(scene_dir: Path, number: int, name: str | None = None) -> Variation:
    """Return a variation with the block up to 4 cm and 0.4 rad from where it is."""
    at = load_scene(scene_dir).object("block_1").transform.pose()
    dx, dy, yaw = rng_for(number, "moved block").uniform(-1, 1, 3) * (0.04, 0.04, 0.4)
    position = (at.position[0] + dx, at.position[1] + dy, at.position[2])
    turn = Pose.of(position, quat_wxyz_from_yaw(float(yaw)))
    return Variation(
        variation_id=name or f"v{number:03d}",
        scene_id="bench",
        seed=number,
        objects={"block_1": ObjectSample(pose_world_object=turn.rounded())},
    )

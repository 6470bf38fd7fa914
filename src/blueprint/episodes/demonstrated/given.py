"""What a job is given in the place of a plan: a demonstration of another scene, or a person's recording."""

from collections.abc import Callable

from blueprint.contracts.errors import InputError
from blueprint.contracts.task import TaskSpec
from blueprint.episodes.demonstrated.carry_over import carried_over
from blueprint.episodes.demonstrated.recording import executed, read_recording
from blueprint.episodes.demonstrated.segments import segments_of
from blueprint.episodes.job import Given
from blueprint.episodes.worlds import WorldCache
from blueprint.motion import Skill, skills_for
from blueprint.sim.world import World

__all__ = ["skills_given"]


def skills_given(given: Given | None, world: World, worlds: WorldCache) -> Callable[[TaskSpec], list[Skill]]:
    """Return what gives the skills of a step: planned ones, or those of what was given.

    Raises InputError where it cannot be read or does not fit the robot.
    """
    if given is None:
        return skills_for
    if given.source == "teleoperated":
        return executed(read_recording(given.path, given.episode, world.embodiment))
    if given.scene_dir is None or given.task is None:
        raise InputError("a demonstration to carry over needs its scene and task.", remedy="name the record's folder.")
    return carried_over(segments_of(given.path, given.scene_dir, given.task, worlds))

"""How much of a scene a robot gets at: the share of task objects with a base and a grasp, and of tasks with a path."""

from collections.abc import Sequence

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Reachability, TaskSpec
from blueprint.motion.base import BaseFinder
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.articulated import articulated_tasks
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.placing import movable

__all__ = ["reachability"]


def reachability(
    scene: Scene,
    embodiment: Embodiment,
    finder: BaseFinder,
    candidates: Sequence[TaskSpec],
    emitted: Sequence[TaskSpec],
) -> Reachability:
    """Return RCH of a robot in a scene.

    Task objects are what the gripper can take and lift, and what has a handle that it can hold; things behind closed
    doors are none. Each is tried from the bases of `candidates` first, then from bases of its own. An emitted task has
    a path when a plan was executed for it.
    """
    names = {*movable(scene, embodiment, hidden_things(scene))}
    names |= {task.target_object for task in articulated_tasks(scene, embodiment)}
    bases = list({task.pose_world_base: None for task in candidates if task.target_object in names})
    unreached = [name for name in sorted(names) if not finder.can_grasp(name, bases)]
    return Reachability(
        objects=len(names),
        reached=len(names) - len(unreached),
        unreached=unreached,
        emitted=len(emitted),
        with_path=sum(task.plan is not None for task in emitted),
    )

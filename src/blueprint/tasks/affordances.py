"""What a thing is for: from its affordances to types of tasks, and from its role where it names none."""

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec, TaskType

__all__ = ["AFFORDANCE_TASKS", "ROLE_TASKS", "is_afforded", "task_types_of"]

# The first thirteen are those of the export contract, whose "open_close", "slide", "fill" and "organize" are two or
# more types here.
AFFORDANCE_TASKS: dict[str, tuple[TaskType, ...]] = {
    "graspable": ("pick_place", "push", "handover"),
    "stackable": ("stack", "pick_place"),
    "pourable": ("pour",),
    "insertable": ("insert",),
    "hangable": ("hang",),
    "openable": ("open",),
    "closable": ("close",),
    "slidable": ("push", "open", "close"),
    "turnable": ("turn",),
    "pressable": ("press",),
    "fillable": ("pour", "pick_place"),
    "containable": ("sort", "pick_place"),
    "container": ("sort", "pick_place"),
    "wiping": ("wipe",),
}
ROLE_TASKS: dict[str, tuple[TaskType, ...]] = {
    "manipulable_object": ("pick_place", "push"),
    "clutter": ("sort", "pick_place"),
    "articulated_furniture": ("open", "close"),
    "articulated_appliance": ("open", "close"),
    "interactive": ("open", "close"),
}


def task_types_of(asset: AssetModel, sim_role: str) -> frozenset[TaskType]:
    """Return the types of tasks that a thing names itself for; what one can do in fact may be more or less."""
    named = {kind for word in asset.affordances for kind in AFFORDANCE_TASKS.get(word, ())}
    return frozenset(named or ROLE_TASKS.get(sim_role, ()))


def is_afforded(scene: Scene, task: TaskSpec) -> bool:
    """Return whether the target of every step of a task names itself for what is done to it."""
    return all(
        step.task_type in task_types_of(scene.asset(step.target_object), scene.object(step.target_object).sim_role)
        for step in task.step_list()
    )

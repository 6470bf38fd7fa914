"""What can be done with an object: the contract's table from affordances, and from its role where it has none."""

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.scene_manifest import SceneObject

__all__ = ["AFFORDANCE_TASKS", "ROLE_TASKS", "task_types_of"]

AFFORDANCE_TASKS = {
    "graspable": "pick_place",
    "stackable": "stack",
    "pourable": "pour",
    "insertable": "insert",
    "hangable": "hang",
    "openable": "open_close",
    "closable": "open_close",
    "slidable": "slide",
    "turnable": "turn",
    "pressable": "press",
    "fillable": "fill",
    "containable": "organize",
    "container": "organize",
}
ROLE_TASKS = {
    "manipulable_object": "pick_place",
    "clutter": "organize",
    "articulated_furniture": "open_close",
    "articulated_appliance": "open_close",
    "interactive": "open_close",
}


def task_types_of(item: SceneObject, model: AssetModel) -> set[str]:
    """Return the task types that an object is for; none for architecture and plain furniture."""
    if item.is_architecture:
        return set()
    types = {AFFORDANCE_TASKS[word] for word in model.affordances if word in AFFORDANCE_TASKS}
    if not types and item.sim_role in ROLE_TASKS:
        types = {ROLE_TASKS[item.sim_role]}
    if item.sim_role == "static":
        types -= {"pick_place", "pour", "fill", "stack"}
    return types

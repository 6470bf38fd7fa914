"""Which objects of a scene can vary, and a variation space that suits any scene."""

from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.variation import Choice, Distribution, Normal, Uniform, VariationSpace

__all__ = ["MAX_CLUTTER_SIZE_M", "clutter_sources", "default_space", "descendants", "movable_objects"]

MAX_CLUTTER_SIZE_M = 0.3
_MOVABLE_ROLES = ("manipulable_object", "clutter")


def movable_objects(scene: Scene) -> list[SceneObject]:
    """Return the objects that may be moved within their parent's region, parents before what stands on them.

    Those are single bodies with the role of something to handle, placed in a declared region, and not marked
    `variation_candidate: false`.
    """
    found = [item for item in scene.objects if _is_movable(scene, item)]
    return sorted(found, key=lambda item: _depth(scene, item))


def clutter_sources(scene: Scene) -> list[SceneObject]:
    """Return the movable objects that are small enough for a copy of them to be clutter, one per asset."""
    chosen: dict[str, SceneObject] = {}
    for item in movable_objects(scene):
        model = scene.asset(item.id)
        if max(model.size_m) <= MAX_CLUTTER_SIZE_M:
            chosen.setdefault(model.asset_id, item)
    return list(chosen.values())


def descendants(scene: Scene, object_id: str) -> list[str]:
    """Return the ids of everything that stands on an object, directly or not, in the manifest's order."""
    below = {object_id}
    grew = True
    while grew:
        more = {
            item.id
            for item in scene.objects
            if item.placement and item.placement.parent_id in below and item.id not in below
        }
        grew = bool(more)
        below |= more
    return [item.id for item in scene.objects if item.id in below and item.id != object_id]


def default_space(scene: Scene) -> VariationSpace:
    """Return a moderate space: things move by up to 8 cm, light, colours, friction and mass by some 10 to 30 %."""
    axes: dict[str, Distribution] = {}
    if movable_objects(scene):
        axes["object_pose_m"] = Uniform(low=-0.08, high=0.08)
        axes["object_yaw_rad"] = Uniform(low=-0.6, high=0.6)
    if clutter_sources(scene):
        axes["clutter_count"] = Choice(values=[0, 0, 1, 2])
    axes["light_intensity"] = Uniform(low=0.8, high=1.3)
    axes["light_azimuth_rad"] = Uniform(low=-0.5, high=0.5)
    axes["camera_position_m"] = Normal(mean=0.0, std=0.008)
    axes["texture_tint"] = Uniform(low=0.85, high=1.1)
    if any(not item.is_fixed for item in scene.objects):
        axes["friction"] = Uniform(low=0.9, high=1.1)
        axes["mass"] = Uniform(low=0.9, high=1.1)
    return VariationSpace(scene_id=scene.scene_id, axes=axes)


def _is_movable(scene: Scene, item: SceneObject) -> bool:
    place = item.placement
    if item.is_fixed or item.sim_role not in _MOVABLE_ROLES or item.variation_candidate is False:
        return False
    if place is None or place.parent_id is None or place.region is None or scene.asset(item.id).is_articulated:
        return False
    return any(region.name == place.region for region in scene.asset(place.parent_id).regions)


def _depth(scene: Scene, item: SceneObject) -> int:
    depth, seen = 0, {item.id}
    while item.placement and item.placement.parent_id and item.placement.parent_id not in seen:
        item = scene.object(item.placement.parent_id)
        seen.add(item.id)
        depth += 1
    return depth

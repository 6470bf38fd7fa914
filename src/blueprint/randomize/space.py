"""Which objects of a scene can vary, and a variation space that suits any scene."""

from collections.abc import Collection

from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.variation import Choice, Distribution, Normal, Uniform, VariationSpace

__all__ = [
    "FACTOR_AXES",
    "MAX_CLUTTER_SIZE_M",
    "clutter_sources",
    "default_space",
    "descendants",
    "movable_objects",
    "only_axes",
    "scaled_space",
    "wide_space",
]

MAX_CLUTTER_SIZE_M = 0.3
FACTOR_AXES = frozenset(  # 1 changes nothing; of the others 0
    {
        "light_intensity",
        "light_color",
        "light_ambient",
        "camera_fovy",
        "texture_tint",
        "friction",
        "mass",
        "joint_friction",
        "actuator_gain",
    }
)
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
    axes["light_color"] = Uniform(low=0.95, high=1.05)
    axes["light_ambient"] = Uniform(low=0.9, high=1.1)
    axes["camera_position_m"] = Normal(mean=0.0, std=0.008)
    axes["camera_rotation_rad"] = Normal(mean=0.0, std=0.005)
    axes["camera_fovy"] = Uniform(low=0.98, high=1.02)
    axes["texture_tint"] = Uniform(low=0.85, high=1.1)
    if any(not item.is_fixed for item in scene.objects):
        axes["friction"] = Uniform(low=0.9, high=1.1)
        axes["mass"] = Uniform(low=0.9, high=1.1)
    if any(scene.asset(item.id).is_articulated for item in scene.objects):
        axes["joint_friction"] = Uniform(low=0.9, high=1.1)
    axes["instruction"] = Uniform(low=0.0, high=1.0)
    return VariationSpace(scene_id=scene.scene_id, axes=axes)


def wide_space(scene: Scene) -> VariationSpace:
    """Return the default space with every other axis that the scene has something for, and wider ranges: other things
    of the same kind, patterns, skies, a higher or lower table, late and soft servos, noisy joint readings."""
    axes: dict[str, Distribution] = dict(default_space(scene).axes)
    if movable_objects(scene):
        axes["object_instance"] = Choice(values=[0, 1, 2])
        axes["object_pose_m"] = Uniform(low=-0.12, high=0.12)
        axes["object_yaw_rad"] = Uniform(low=-1.2, high=1.2)
    axes["light_intensity"] = Uniform(low=0.5, high=1.6)
    axes["light_azimuth_rad"] = Uniform(low=-1.5, high=1.5)
    axes["light_elevation_rad"] = Uniform(low=-0.3, high=0.3)
    axes["light_color"] = Uniform(low=0.75, high=1.15)
    axes["light_ambient"] = Uniform(low=0.7, high=1.2)
    axes["environment"] = Choice(values=[0, 1, 2, 3, 4])
    axes["camera_position_m"] = Normal(mean=0.0, std=0.02)
    axes["camera_rotation_rad"] = Normal(mean=0.0, std=0.02)
    axes["camera_fovy"] = Uniform(low=0.93, high=1.07)
    axes["texture_tint"] = Uniform(low=0.6, high=1.3)
    axes["texture_pattern"] = Choice(values=[0, 0, 1, 2, 3])
    axes["table_height_m"] = Uniform(low=-0.03, high=0.03)
    for name in ("friction", "mass", "joint_friction"):
        if name in axes:
            axes[name] = Uniform(low=0.75, high=1.25)
    axes["actuator_gain"] = Uniform(low=0.8, high=1.2)
    axes["actuator_latency_s"] = Uniform(low=0.0, high=0.03)
    axes["joint_noise_rad"] = Uniform(low=0.0, high=0.003)
    return VariationSpace(scene_id=scene.scene_id, axes=axes)


def scaled_space(space: VariationSpace, scale: float) -> VariationSpace:
    """Return a space whose distributions are drawn together to `scale` (0 to 1) of their width.

    A uniform or normal distribution shrinks towards the value that changes nothing; a choice keeps the first
    `scale` of its values, at least one.
    """
    return space.model_copy(update={"axes": {name: _scaled(name, item, scale) for name, item in space.axes.items()}})


def only_axes(space: VariationSpace, names: Collection[str]) -> VariationSpace:
    """Return a space that varies along some of its axes alone."""
    return space.model_copy(update={"axes": {name: item for name, item in space.axes.items() if name in names}})


def _scaled(name: str, distribution: Distribution, scale: float) -> Distribution:
    still = 1.0 if name in FACTOR_AXES else 0.0
    if isinstance(distribution, Uniform):
        low, high = (still + scale * (value - still) for value in (distribution.low, distribution.high))
        return Uniform(low=low, high=high)
    if isinstance(distribution, Normal):
        mean = still + scale * (distribution.mean - still)
        return Normal(mean=mean, std=scale * distribution.std)
    if isinstance(distribution, Choice):
        return Choice(values=distribution.values[: max(1, round(scale * len(distribution.values)))])
    return distribution


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

"""Sampling: a variation space and a seed become one variation, constants only."""

from collections.abc import Callable, Sequence

import numpy as np

from blueprint.contracts.asset import Region
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import derive_seed, rng_for
from blueprint.contracts.variation import (
    CameraSample,
    ClutterSample,
    LightSample,
    ObjectSample,
    RobotSample,
    Variation,
    VariationSpace,
)
from blueprint.randomize.appearance import PATTERNS, SKIES
from blueprint.randomize.distributions import sample
from blueprint.randomize.instances import MOST_INSTANCES, instance_model
from blueprint.randomize.placing import Placing, is_level, within
from blueprint.randomize.regions import pose_world_region
from blueprint.randomize.space import clutter_sources, movable_objects

__all__ = [
    "NOMINAL",
    "SCENE_CAMERAS",
    "nominal_variation",
    "sample_certified",
    "sample_variation",
]

NOMINAL = "nominal"
SCENE_CAMERAS = ("left", "right")
_TRIES = 40
_CERTIFICATION_TRIES = 8
_CLUTTER_SURFACES = ("top", "shelf")
_MAX_CLUTTER = 20


def nominal_variation(scene: Scene) -> Variation:
    """Return the variation that changes nothing."""
    return Variation(variation_id=NOMINAL, scene_id=scene.scene_id, seed=0)


def sample_certified(
    scene: Scene,
    space: VariationSpace,
    run_seed: int,
    variation_id: str,
    *,
    certify: Callable[[Variation], str | None],
    tries: int = _CERTIFICATION_TRIES,
    cameras: Sequence[str] = SCENE_CAMERAS,
) -> Variation | None:
    """Return the first of up to `tries` samples that `certify` does not refuse, or None.

    Each try has a seed of its own. The reasons of earlier refusals stand in the `certificate` of the sample returned.
    """
    refusals: list[str] = []
    for attempt in range(tries):
        drawn = sample_variation(scene, space, run_seed, variation_id, attempt=attempt, cameras=cameras)
        reason = certify(drawn)
        if reason is None:
            certificate = {**(drawn.certificate or {}), "passed": True, "attempts": attempt + 1, "refusals": refusals}
            return drawn.model_copy(update={"certificate": certificate})
        refusals.append(reason)
    return None


def sample_variation(
    scene: Scene,
    space: VariationSpace,
    run_seed: int,
    variation_id: str,
    *,
    attempt: int = 0,
    cameras: Sequence[str] = SCENE_CAMERAS,
) -> Variation:
    """Draw one variation. The id `nominal` changes nothing; every axis and object has a random stream of its own.

    Things move within their region (see `Placing.try_move`); one for which no free place is found in 40 tries stays
    where it is, and is named under `unmoved` in `certificate`. Raises InputError for a space of another scene or a
    factor that is not positive.
    """
    if space.scene_id != scene.scene_id:
        raise InputError(f"the variation space is of scene {space.scene_id}, not {scene.scene_id}.")
    if variation_id == NOMINAL:
        return nominal_variation(scene)
    draw = _Draw(scene, space, derive_seed(run_seed, "variation", scene.scene_id, variation_id, attempt))
    placing = Placing(scene)
    moved, unmoved = _move_objects(draw, placing)
    clutter, missing = _add_clutter(draw, placing)
    notes = {"unmoved": unmoved, "clutter_without_place": missing}
    return Variation(
        variation_id=variation_id,
        scene_id=scene.scene_id,
        seed=draw.seed,
        objects=_object_samples(draw, placing, moved),
        clutter=clutter,
        light=LightSample(
            intensity_factor=draw.factor("light_intensity"),
            azimuth_rad=draw.value("light_azimuth_rad", 0.0),
            elevation_rad=draw.value("light_elevation_rad", 0.0),
            color=draw.factors("light_color"),
            ambient_factor=draw.factor("light_ambient"),
        ),
        environment=draw.number("environment", len(SKIES)),
        cameras={name: made for name in cameras if (made := _camera(draw, name)) != CameraSample()},
        robot=RobotSample(
            sink_m=draw.value("table_height_m", 0.0),
            gain_factor=draw.factor("actuator_gain"),
            latency_s=draw.value("actuator_latency_s", 0.0),
            joint_noise_rad=draw.value("joint_noise_rad", 0.0),
        ),
        instruction=draw.value("instruction", 0.0),
        certificate={key: value for key, value in notes.items() if value} or None,
    )


class _Draw:
    """Numbers of one sample: by axis and, where it has several, by whose number it is."""

    def __init__(self, scene: Scene, space: VariationSpace, seed: int) -> None:
        self.scene, self.space, self.seed = scene, space, seed

    def rng(self, *ids: str | int) -> np.random.Generator:
        return rng_for(self.seed, *ids)

    def value(self, axis: str, default: float, *ids: str | int) -> float:
        distribution = self.space.axes.get(axis)
        return default if distribution is None else round(sample(distribution, self.rng(axis, *ids)), 6)

    def factor(self, axis: str, *ids: str | int) -> float:
        value = self.value(axis, 1.0, *ids)
        if value <= 0:
            raise InputError(f"axis {axis} drew the factor {value}.", remedy="give it a distribution above 0.")
        return value

    def vector(self, axis: str, *ids: str) -> Vec3:
        return self.value(axis, 0.0, *ids, 0), self.value(axis, 0.0, *ids, 1), self.value(axis, 0.0, *ids, 2)

    def factors(self, axis: str, *ids: str) -> Vec3:
        """One factor for each channel of a colour."""
        return self.factor(axis, *ids, 0), self.factor(axis, *ids, 1), self.factor(axis, *ids, 2)

    def number(self, axis: str, most: int, *ids: str) -> int:
        """A whole number from 0 to `most`."""
        value = round(self.value(axis, 0.0, *ids))
        if not 0 <= value <= most:
            raise InputError(f"axis {axis} drew {value}; there are 0 to {most}.", remedy="narrow its distribution.")
        return value


def _camera(draw: _Draw, name: str) -> CameraSample:
    return CameraSample(
        offset_m=draw.vector("camera_position_m", name),
        rotation_rad=draw.vector("camera_rotation_rad", name),
        fovy_factor=draw.factor("camera_fovy", name),
    )


def _move_objects(draw: _Draw, placing: Placing) -> tuple[set[str], list[str]]:
    """Move every movable object; returns who was moved (with what stands on it) and who found no place."""
    axes = draw.space.axes
    if not {"object_pose_m", "object_yaw_rad"} & set(axes):
        return set(), []
    before = dict(placing.poses)
    unmoved = []
    for item in movable_objects(draw.scene):
        rng = draw.rng("object_pose", item.id)
        if not placing.is_level(item.id) or not any(_try_once(draw, placing, item.id, rng) for _ in range(_TRIES)):
            unmoved.append(item.id)
    return {object_id for object_id, pose in placing.poses.items() if pose is not before[object_id]}, unmoved


def _try_once(draw: _Draw, placing: Placing, object_id: str, rng: np.random.Generator) -> bool:
    shift, turn = draw.space.axes.get("object_pose_m"), draw.space.axes.get("object_yaw_rad")
    dx, dy = (sample(shift, rng), sample(shift, rng)) if shift else (0.0, 0.0)
    return placing.try_move(object_id, dx, dy, sample(turn, rng) if turn else 0.0)


def _object_samples(draw: _Draw, placing: Placing, moved: set[str]) -> dict[str, ObjectSample]:
    samples = {}
    for item in draw.scene.objects:
        is_room = item.is_architecture or item.sim_role == "static"
        other = instance_model(draw.scene, item, draw.number("object_instance", MOST_INSTANCES, item.id))
        made = ObjectSample(
            pose_world_object=placing.poses[item.id].rounded() if item.id in moved else None,
            asset_id=other.asset_id if other else None,
            friction_factor=1.0 if item.is_fixed else draw.factor("friction", item.id),
            mass_factor=1.0 if item.is_fixed else draw.factor("mass", item.id),
            joint_friction_factor=draw.factor("joint_friction", item.id)
            if draw.scene.asset(item.id).is_articulated
            else 1.0,
            tint=draw.factors("texture_tint", item.id),
            pattern=draw.number("texture_pattern", len(PATTERNS) - 1, item.id) if is_room else 0,
        )
        if made != ObjectSample():
            samples[item.id] = made
    return samples


def _add_clutter(draw: _Draw, placing: Placing) -> tuple[list[ClutterSample], int]:
    """Put copies of the scene's small assets on surfaces in use; returns them and how many found no place."""
    count = min(max(round(draw.value("clutter_count", 0.0)), 0), _MAX_CLUTTER)
    sources, surfaces = clutter_sources(draw.scene), _surfaces(draw.scene)
    if not count or not sources or not surfaces:
        return [], count
    areas = np.array([region.half_extents[0] * region.half_extents[1] for _, region in surfaces])
    taken = {item.id for item in draw.scene.objects}
    placed: list[ClutterSample] = []
    for number in range(count):
        rng = draw.rng("clutter", number)
        name = f"clutter_{number}"
        while name in taken:
            name += "_"
        for _ in range(_TRIES):
            source = sources[int(rng.integers(len(sources)))]
            owner, region = surfaces[int(rng.choice(len(surfaces), p=areas / areas.sum()))]
            surface = pose_world_region(draw.scene, owner, region, placing.poses[owner])
            _, own_surface = placing.region_of(source.id)
            local = own_surface.inverse() @ placing.poses[source.id]
            x, y = rng.uniform(-1, 1, 2) * region.half_extents
            turn = Pose.of((0, 0, 0), quat_wxyz_from_yaw(float(rng.uniform(-np.pi, np.pi))))
            quat = (turn @ Pose.of((0, 0, 0), local.quat_wxyz)).quat_wxyz
            pose = (surface @ Pose.of((x, y, local.position[2]), quat)).rounded()
            delta = pose @ placing.poses[source.id].inverse()
            parts = [part.moved(delta) for part in placing.footprints_of(source.id)]
            if is_level(surface) and within(region, surface, parts) and placing.is_free(parts, {owner}):
                placing.add(name, parts)
                taken.add(name)
                asset_id = draw.scene.asset(source.id).asset_id
                placed.append(ClutterSample(object_id=name, asset_id=asset_id, pose_world_object=pose))
                break
    return placed, count - len(placed)


def _surfaces(scene: Scene) -> list[tuple[str, Region]]:
    """Return the open surfaces of furniture that something stands on already: clutter there is in the robot's view."""
    movable = {item.id for item in movable_objects(scene)}
    used = {(item.placement.parent_id, item.placement.region) for item in scene.objects if item.placement}
    return [
        (item.id, region)
        for item in scene.objects
        if item.id not in movable
        for region in scene.asset(item.id).regions
        if region.kind in _CLUTTER_SURFACES and not region.is_container and (item.id, region.name) in used
    ]

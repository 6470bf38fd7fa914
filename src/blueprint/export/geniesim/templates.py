"""Task templates of a work surface for G2 and G1: pick, and place or insert into what stands beside.

`arranged` templates put everything where the certified scene has it, with small random offsets; `sampled` ones let the
client lay the objects out on the free area of the surface.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim import template as doc
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import PlaceGoal, TaskSpec
from blueprint.export.geniesim.background import background_file, background_folder
from blueprint.export.geniesim.package import AssetPackage
from blueprint.export.geniesim.stages import Deed, StageMaker
from blueprint.export.geniesim.start import StartReport
from blueprint.export.geniesim.work_surface import ORIGIN_AHEAD_M, WorkSurface
from blueprint.physics.extent import asset_points
from blueprint.physics.polygon import convex_hull, polygon_gap
from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.robot import Side

__all__ = ["MAX_TARGET_KG", "NamedTemplate", "TemplateRobotFacts", "pick_targets", "robot_id_of", "surface_templates"]

Array = NDArray[np.float64]
MAX_TARGET_KG = 1.5
_AREA = "work_area"
_AREA_HEIGHT_M = 0.2
_LARGEST_SHIFT_M, _LARGEST_TURN_RAD = 0.02, 0.3
_BASE_NOISE = (0.03, 0.05, 0.0)
_LAYOUT_MARGIN_M = 0.03  # the client's layout keeps this much around an object
_LARGEST_FILL = 0.4
_MAX_CLUTTER = 3
_TARGETS_PER_SURFACE = 6
_ASIDE_M, _ENOUGH_OF_BEST = 0.1, 3


def robot_id_of(robot: AgibotRobot) -> Literal["G1", "G2"]:
    """Return what templates call a robot."""
    return "G2" if robot.name == "G2_omnipicker" else "G1"


@dataclass(frozen=True)
class TemplateRobotFacts:
    """What of a robot goes into the templates of a surface: `posture` is its joint positions there, `grasp_offset_m`
    moves the grasps in the files to its finger tips."""

    robot: AgibotRobot
    posture: Mapping[str, float]
    grasp_offset_m: float

    @property
    def robot_id(self) -> Literal["G1", "G2"]:
        return robot_id_of(self.robot)


@dataclass(frozen=True)
class NamedTemplate:
    """`path` is below `tasks/`; `source_task` the certified task that it repeats, if any; the robot reaches
    `grasps_reached` of the `grasps_tried` of the target where it stands in the certified scene."""

    path: str
    template: doc.TaskTemplate
    target: str
    passive: str | None
    surface: str
    source_task: str | None
    grasps_reached: int
    grasps_tried: int


def pick_targets(scene: Scene, surface: WorkSurface, packages: Mapping[str, AssetPackage]) -> list[str]:
    """Return what of a surface can be taken: in reach, with grasps, not too heavy, with nothing standing on it."""
    carriers = {placement.parent_id for name in surface.objects if (placement := scene.object(name).placement)}
    found = []
    for name in surface.in_reach:
        package = packages[scene.object(name).asset.asset_id or ""]
        if name not in carriers and len(package.grasps) and package.model.mass_kg <= MAX_TARGET_KG:
            found.append(name)
    return found


def surface_templates(
    scene: Scene,
    surface: WorkSurface,
    facts: TemplateRobotFacts,
    packages: Mapping[str, AssetPackage],
    start: StartReport,
    tasks: Sequence[TaskSpec],
    namespace: str,
    episodes: int,
) -> list[NamedTemplate]:
    """Return the templates of one surface for one robot, about what it reaches a grasp of; `packages` by asset id."""
    maker = _Maker(scene, surface, facts, packages, start, namespace, episodes)
    found = []
    for deed in maker.deeds(tasks):
        found.append(maker.named(deed, "arranged", maker.arranged(deed)))
        sampled = maker.sampled(deed)
        if sampled is not None:
            found.append(maker.named(deed, "sampled", sampled))
    return found


@dataclass(frozen=True)
class _Maker:
    scene: Scene
    surface: WorkSurface
    facts: TemplateRobotFacts
    packages: Mapping[str, AssetPackage]
    start: StartReport
    namespace: str
    episodes: int

    def package(self, object_id: str) -> AssetPackage:
        return self.packages[self.scene.object(object_id).asset.asset_id or ""]

    def deeds(self, tasks: Sequence[TaskSpec]) -> Iterator[Deed]:
        """Every target is lifted; it is also put where a certified task puts it, else into the nearest thing that
        takes it."""
        targets = [name for name in self.start.reached if self.start.is_reached(name)]
        certified = {task.target_object: task for task in reversed(tasks) if isinstance(task.goal, PlaceGoal)}
        targets.sort(key=lambda name: name not in certified)  # stable: certified ones first
        for target in targets[:_TARGETS_PER_SURFACE]:
            task = certified.get(target)
            yield Deed(target, source_task=task.task_id if task else None)
            if task and isinstance(task.goal, PlaceGoal) and task.goal.support_id in self.surface.in_reach:
                region = self.scene.region(task.goal.support_id, task.goal.region)
                yield Deed(target, task.goal.support_id, region, task.task_id)
            elif taker := self._taker(target):
                yield Deed(target, *taker)

    def _taker(self, target: str) -> tuple[str, Region] | None:
        here = np.array(self.scene.pose_world_object(target).position)
        mine = self.scene.object(target).placement
        found = []
        for name in self.surface.in_reach:
            if name == target or (mine and mine.parent_id == name):
                continue
            distance = float(np.linalg.norm(here - self.scene.pose_world_object(name).position))
            for region in self.scene.asset(name).regions:
                if self._fits(target, region):
                    found.append((not region.is_container, distance, name, region))
        best = min(found, key=lambda item: item[:3], default=None)
        return (best[2], best[3]) if best else None

    def _fits(self, target: str, region: Region) -> bool:
        """Whether a thing stands inside of a region however it is turned, and does not stick far out of a container."""
        width, height, depth = self.package(target).frame.size
        radius = float(np.hypot(width, depth)) / 2
        room = min(region.half_extents) if region.outline == "rect" else region.half_extents[0]
        return radius <= room and height <= region.clearance_m

    def named(self, deed: Deed, flavour: str, template: doc.TaskTemplate) -> NamedTemplate:
        base = _base_name(self.scene.scene_id, deed)
        folder = f"{self.namespace}/{base}/{self.facts.robot_id.lower()}"
        path = f"{folder}/{template.task}.json"
        return NamedTemplate(
            path,
            template,
            deed.target,
            deed.passive,
            self.surface.name,
            deed.source_task,
            self.start.best(deed.target),
            self.start.tried[deed.target],
        )

    def arranged(self, deed: Deed) -> doc.TaskTemplate:
        """Every object of the surface at its certified pose, each in a workspace of its own."""
        spaces: dict[str, doc.VolumeWorkspace | doc.PoseWorkspace] = {}
        objects = []
        for name in self.surface.objects:
            spaces[f"{name}_pose"] = doc.PoseWorkspace(poses=[self._pose(name)])
            objects.append(self._object(name, f"{name}_pose"))
        return self._template(deed, "arranged", spaces, doc.TemplateObjects(task_related_objects=objects))

    def _pose(self, name: str) -> doc.WorkspacePose:
        """The middle of the object where it stands, turned as it is; its offset leaves gaps to its neighbours."""
        world = self.package(name).frame.pose_world_package(self.scene.pose_world_object(name))
        upright = Pose.of(world.position, self.scene.pose_world_object(name).quat_wxyz)
        pose = (self.surface.pose_world_origin.inverse() @ upright).rounded()
        shift, turn = self._freedom(name)
        random = doc.RandomRange(delta_position=(shift, shift, 0.0), delta_angle=turn) if shift > 0 else None
        return doc.WorkspacePose(position=pose.position, quaternion=pose.quat_wxyz, random=random)

    def _freedom(self, name: str) -> tuple[float, float]:
        """How far (m) and how much (rad) an object may be moved: what carries or is carried stays."""
        placement = self.scene.object(name).placement
        carries = any(
            item.placement and item.placement.parent_id == name for item in map(self.scene.object, self.surface.objects)
        )
        if carries or placement is None or placement.parent_id != self.surface.support_id:
            return 0.0, 0.0
        mine = self._circle(name)
        gaps = [polygon_gap(mine, self._circle(other)) for other in self.surface.objects if other != name]
        region = self.scene.region(self.surface.support_id, self.surface.region)
        model = self.scene.asset(self.surface.support_id)
        frame = self.scene.pose_world_object(self.surface.support_id) @ model.pose_asset_region(region)
        local = frame.inverse().apply(np.column_stack([mine, np.full(len(mine), frame.position[2])]))[:, :2]
        edge = float((np.array(region.half_extents) - np.abs(local)).min())
        shift = min(_LARGEST_SHIFT_M, min(gaps, default=1.0) / 2 - 0.002, edge)
        shift = round(max(0.0, float(shift)) / np.sqrt(2), 4)
        return shift, _LARGEST_TURN_RAD if shift > 0 else 0.0

    def _circle(self, name: str) -> Array:
        """A polygon (24, 2), world, around the circle that an object covers when it turns about its middle."""
        pose = self.scene.pose_world_object(name)
        points = pose.apply(asset_points(self.scene.asset(name)))[:, :2]
        middle = self.package(name).frame.pose_world_package(pose).position[:2]
        radius = float(np.linalg.norm(points - middle, axis=1).max()) / np.cos(np.pi / 24)
        angles = np.arange(24) * np.pi / 12
        return convex_hull(np.column_stack([np.cos(angles), np.sin(angles)]) * radius + middle)

    def sampled(self, deed: Deed) -> doc.TaskTemplate | None:
        """The deed's objects and some of the others anywhere on the free area; None where there is no room."""
        area = self.surface.area
        names = [deed.target, *([deed.passive] if deed.passive else [])]
        if area is None or not self._have_room(names, area.size):
            return None
        own = {self.package(name).asset_id for name in names}
        clutter = {
            self.package(name).asset_id: name
            for name in self.surface.objects
            if self.package(name).asset_id not in own and self._have_room([*names, name], area.size)
        }
        count = min(len(clutter), _MAX_CLUTTER)
        while count and not self._have_room([*names, *_largest(self, list(clutter.values()), count)], area.size):
            count -= 1
        groups = (
            [
                doc.SampleGroup(
                    sample=doc.SampleRange(min_num=0, max_num=count),
                    workspace_id=_AREA,
                    available_objects=[
                        doc.CandidateObject(object_id=f"clutter_{name}", data_info_dir=self.package(name).folder)
                        for name in clutter.values()
                    ],
                )
            ]
            if count
            else []
        )
        objects = [self._candidates(name) if name == deed.target else self._object(name, _AREA) for name in names]
        volume = doc.VolumeWorkspace(
            position=(*area.center, round(self.surface.height_m + _AREA_HEIGHT_M / 2, 6)),
            quaternion=(1.0, 0.0, 0.0, 0.0),
            size=(*area.size, _AREA_HEIGHT_M),
        )
        content = doc.TemplateObjects(task_related_objects=objects, scene_objects=groups)
        return self._template(deed, "sampled", {_AREA: volume}, content)

    def _have_room(self, names: Sequence[str], size: tuple[float, float]) -> bool:
        """Whether things cover little enough of an area, and each fits into it when turned."""
        spans = []
        for name in names:
            width, _, depth = self.package(name).frame.size
            spans.append(float(np.hypot(width, depth)) + _LAYOUT_MARGIN_M)
        return max(spans) <= min(size) and sum(span**2 for span in spans) <= _LARGEST_FILL * size[0] * size[1]

    def _candidates(self, name: str) -> doc.TemplateObject:
        """The target, or another asset of its kind that can be grasped and is of about its size."""
        mine = self.package(name)
        others = [
            package
            for package in self.packages.values()
            if package.asset_id != mine.asset_id
            and package.model.category == mine.model.category
            and len(package.grasps)
            and np.allclose(package.frame.size, mine.frame.size, rtol=0.35)
        ]
        if not others:
            return self._object(name, _AREA)
        listed = [
            doc.CandidateObject(object_id=package.asset_id, data_info_dir=package.folder)
            for package in [mine, *sorted(others, key=lambda package: package.asset_id)]
        ]
        return doc.TemplateObject(
            object_id=name, candidate_objects=listed, workspace_id=_AREA, english_semantic_name=mine.model.name
        )

    def _object(self, name: str, workspace: str) -> doc.TemplateObject:
        package = self.package(name)
        return doc.TemplateObject(
            object_id=name,
            data_info_dir=package.folder,
            workspace_id=workspace,
            mass=package.parameters.mass,
            english_semantic_name=self.scene.object(name).name or package.model.name,
            allow_duplicate=True,
        )

    def _template(
        self,
        deed: Deed,
        flavour: str,
        spaces: dict[str, doc.VolumeWorkspace | doc.PoseWorkspace],
        objects: doc.TemplateObjects,
    ) -> doc.TaskTemplate:
        robot = self.facts.robot
        origin = self.surface.pose_world_origin
        usd = background_file(self.scene.scene_id, self.surface)
        folder = background_folder(self.scene.scene_id)
        maker = StageMaker(self.scene, self.packages, self.facts.grasp_offset_m)
        words = maker.words(deed)
        arm = self._arm(deed) if flavour == "arranged" else "auto"
        return doc.TaskTemplate(
            task=f"{_base_name(self.scene.scene_id, deed)}_{flavour}_{self.facts.robot_id.lower()}",
            origin=doc.PoseSpec(position=origin.position, quaternion=origin.quat_wxyz),
            objects=objects,
            scene=doc.TemplateScene(
                scene_id=folder, scene_info_dir=folder, scene_usd=usd, function_space_objects=spaces
            ),
            robot=doc.TemplateRobot(
                robot_id=self.facts.robot_id,
                robot_cfg=f"{robot.name}_fixed_dual.json",
                robot_init_pose=doc.InitPose(
                    position=(-ORIGIN_AHEAD_M, 0.0, 0.0),
                    quaternion=(1.0, 0.0, 0.0, 0.0),
                    random=doc.RandomRange(delta_position=_BASE_NOISE),
                ),
                init_arm_pose=dict(self.facts.posture),
                init_arm_pose_noise={".*_arm_.*": doc.NoiseSpec(low=-0.05, high=0.05)},
            ),
            stages=maker.stages(deed, arm),
            recording_setting=doc.RecordingSetting(
                camera_list=[camera.prim_path for camera in robot.cameras], num_of_episode=self.episodes
            ),
            task_description=doc.TaskDescription(
                task_name=words, english_task_name=words, init_scene_text=self._scene_words()
            ),
            task_metric=doc.TaskMetric(filter_rules=maker.filters(deed)),
        )

    def _arm(self, deed: Deed) -> Literal["left", "right", "auto"]:
        """The arm that gets to the target; to put it to one side, that side's if it gets there at all well: the wrist
        of an arm that reaches across runs into the rim of what takes the target."""
        if deed.passive is not None:
            there = self.surface.pose_world_origin.inverse().apply(self.scene.pose_world_object(deed.passive).position)
            side: Side = "left" if there[1] > 0 else "right"
            reached = self.start.reached[deed.target][side]
            if abs(there[1]) > _ASIDE_M and _ENOUGH_OF_BEST * reached >= self.start.best(deed.target):
                return side
        return self.start.arm(deed.target)

    def _scene_words(self) -> str:
        names = sorted({self.scene.object(name).name or name for name in self.surface.objects})
        support = self.scene.object(self.surface.support_id).name or self.surface.support_id
        return f"on the {support}: {', '.join(names)}"

    def radius(self, name: str) -> float:
        width, _, depth = self.package(name).frame.size
        return float(np.hypot(width, depth)) / 2


def _largest(maker: _Maker, names: list[str], count: int) -> list[str]:
    return sorted(names, key=lambda name: (-maker.radius(name), name))[:count]


def _base_name(scene_id: str, deed: Deed) -> str:
    verb = f"pick_{deed.target}" if deed.passive is None else f"put_{deed.target}_to_{deed.passive}"
    return f"{slug(scene_id)}_{verb}"

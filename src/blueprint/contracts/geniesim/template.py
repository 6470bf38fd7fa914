"""A task template (`tasks/<ns>/<task>/<g1|g2>/<name>.json`): what the Genie Sim client samples its episodes from.

Every pose is relative to `origin`. A workspace with `size` is a volume around `position`; its bottom face is the height
that things stand on. A workspace with `poses` holds one object's origin at each pose.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import QuatWxyz, Vec3
from blueprint.contracts.ids import Identifier

__all__ = [
    "CandidateObject",
    "CheckerSpec",
    "FilterRule",
    "InitPose",
    "LightSpec",
    "NoiseSpec",
    "Participant",
    "PoseSpec",
    "PoseWorkspace",
    "RandomRange",
    "RecordingSetting",
    "SampleGroup",
    "Stage",
    "StageAction",
    "StageText",
    "TaskDescription",
    "TaskMetric",
    "TaskTemplate",
    "TemplateObject",
    "TemplateObjects",
    "TemplateRobot",
    "TemplateScene",
    "VolumeWorkspace",
    "WorkspacePose",
]

StageAction = Literal["pick", "place", "insert", "rotate", "reset"]
Positive = Annotated[float, Field(gt=0)]
AssetFolder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(/[A-Za-z0-9_-]+)+/$")]
AssetFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+\.usda?$")]


class PoseSpec(Part):
    position: Vec3
    quaternion: QuatWxyz


class RandomRange(Part):
    """Uniform within ± each, metres and radians."""

    delta_position: Vec3
    delta_angle: float | None = None


class InitPose(PoseSpec):
    random: RandomRange | None = None


class WorkspacePose(PoseSpec):
    random: RandomRange | None = None
    english_position_semantic: str | None = None


class PoseWorkspace(Part):
    poses: Annotated[list[WorkspacePose], Field(min_length=1)]


class VolumeWorkspace(PoseSpec):
    """`blocked_zone` is ((x low, x high), (y low, y high)) from the centre: nothing is put there."""

    size: tuple[Positive, Positive, Positive]
    blocked_zone: tuple[tuple[float, float], tuple[float, float]] | None = None


class CandidateObject(Part):
    object_id: Identifier
    data_info_dir: AssetFolder


class TemplateObject(Part):
    """With `candidate_objects` one of them is taken under this id; otherwise `data_info_dir` says which asset it is."""

    object_id: Identifier
    data_info_dir: AssetFolder | None = None
    candidate_objects: list[CandidateObject] | None = None
    workspace_id: str
    mass: Positive | None = None
    english_semantic_name: str | None = None
    workspace_relative_orientation: QuatWxyz | None = None
    allow_duplicate: bool | None = None

    @model_validator(mode="after")
    def _names_an_asset(self) -> "TemplateObject":
        if (self.data_info_dir is None) == (not self.candidate_objects):
            raise ValueError(f"object {self.object_id}: give either data_info_dir or candidate_objects")
        return self


class SampleRange(Part):
    min_num: Annotated[int, Field(ge=0)]
    max_num: Annotated[int, Field(ge=0)]
    max_repeat: Annotated[int, Field(ge=1)] = 1


class SampleGroup(Part):
    sample: SampleRange
    workspace_id: str
    available_objects: Annotated[list[CandidateObject], Field(min_length=1)]


class TemplateObjects(Part):
    task_related_objects: Annotated[list[TemplateObject], Field(min_length=1)]
    scene_objects: list[SampleGroup] = []
    attach_objects: list[Any] = []
    fix_objects: list[Any] = []


class TemplateScene(Part):
    """`scene_usd` may list several backgrounds; one is drawn per run. Paths are relative to the asset root."""

    scene_id: AssetFolder
    scene_info_dir: AssetFolder
    scene_usd: AssetFile | list[AssetFile]
    function_space_objects: dict[str, VolumeWorkspace | PoseWorkspace]


class NoiseSpec(Part):
    noise_type: Literal["uniform"] = "uniform"
    low: float
    high: float


class TemplateRobot(Part):
    arm: Literal["left", "right", "dual"] = "dual"
    robot_id: Literal["G1", "G2"]
    robot_cfg: str
    robot_init_pose: InitPose
    init_arm_pose: dict[str, float]
    init_arm_pose_noise: dict[str, NoiseSpec] = {}


class Participant(Part):
    """`primitive` None means the object's default one; the key is always in the file, for the client reads it."""

    object_id: str
    primitive: str | None = None

    @model_serializer(mode="wrap")
    def _with_null(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**handler(self), "primitive": self.primitive}


class CheckerSpec(Part):
    """A check at the end of a stage; `params` name objects, or `gripper`."""

    checker_name: Literal["distance_to_target", "local_axis_angle"]
    params: dict[str, Any]


class StageText(Part):
    action_text: str
    english_action_text: str


class Stage(Part):
    action: StageAction
    action_description: StageText
    active: Participant
    passive: Participant
    extra_params: dict[str, Any]
    checker: list[CheckerSpec] = []


class RecordingSetting(Part):
    camera_list: Annotated[list[str], Field(min_length=1)]
    fps: Annotated[int, Field(ge=1, le=120)] = 30
    num_of_episode: Annotated[int, Field(ge=1, le=100_000)]
    noised_probability: Annotated[float, Field(ge=0, le=1)] = 0.0


class FilterRule(Part):
    """A check over the recorded states; an episode that fails it gets `result_code`."""

    rule_name: str
    params: dict[str, Any]
    result_code: int


class TaskMetric(Part):
    filter_rules: list[FilterRule]


class TaskDescription(Part):
    task_name: str
    english_task_name: str
    init_scene_text: str


class LightSpec(Part):
    """The client scales temperature (K) and intensity by random factors around 1."""

    light_type: Literal["Distant", "Dome"]
    light_prim: str
    light_temperature: Positive
    light_intensity: Positive
    rotation: QuatWxyz
    light_texture: str = ""


class TaskTemplate(Document):
    task: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    origin: PoseSpec
    objects: TemplateObjects
    scene: TemplateScene
    robot: TemplateRobot
    stages: Annotated[list[Stage], Field(min_length=1)]
    recording_setting: RecordingSetting
    task_description: TaskDescription
    task_metric: TaskMetric
    lights: dict[str, list[LightSpec]] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "TaskTemplate":
        spaces = set(self.scene.function_space_objects)
        used = [item.workspace_id for item in self.objects.task_related_objects]
        used += [group.workspace_id for group in self.objects.scene_objects]
        if lacking := sorted(set(used) - spaces):
            raise ValueError(f"no workspace {lacking}; there are {sorted(spaces)}")
        ids = [item.object_id for item in self.objects.task_related_objects]
        if len(set(ids)) != len(ids):
            raise ValueError(f"object ids occur twice: {sorted(ids)}")
        for stage in self.stages:
            for who in (stage.active, stage.passive):
                if who.object_id != "gripper" and who.object_id not in ids:
                    raise ValueError(f"stage {stage.action}: no task related object {who.object_id!r}; there are {ids}")
        return self

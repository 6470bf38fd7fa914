"""A reconstruction that was made from a known scene: what is true of it, and how far a scene is from that."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose, Vec3
from blueprint.contracts.ids import SceneId

__all__ = [
    "Disturbance",
    "ErrorSpread",
    "NoiseLevel",
    "ObjectAccuracy",
    "ReconstructionAccuracy",
    "ReconstructionKind",
    "ReconstructionTruth",
    "Share",
    "TrueObject",
    "TrueSupport",
    "UnseenObject",
    "UnseenReason",
]

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
NoiseLevel = Literal["low", "medium", "high"]
ReconstructionKind = Literal["kitchen", "office", "warehouse"]
UnseenReason = Literal["out_of_view", "hidden", "too_small", "cut_off", "missed"]
TrueSupport = Literal["floor", "wall", "ceiling", "object", "unseen_object"]


class Disturbance(Part):
    """What was done to one object: how far and by what angle it was moved, by what factor it was scaled, and how its
    files were damaged (`missing_share` of the posed triangles, other vertices than the canonical mesh, fewer triangles,
    a label that is not the plain noun)."""

    moved_m: Annotated[float, Field(ge=0)]
    turned_rad: Annotated[float, Field(ge=0)]
    size_factor: Positive
    missing_share: Fraction = 0.0
    reindexed: bool = False
    decimated: bool = False
    relabelled: bool = False


class TrueObject(Part):
    """An object that the reconstruction holds. `name` is that of its files, `object_id` the one in the true scene.

    The object frame stands at the bottom centre of its extent `size_m`, with all joints closed; the world is Z-up, the
    floor at z = 0. `support` says what carries it: `parent` names it where that is an object which the folder holds.
    `outline_m` are points on its surface in the object frame.
    """

    name: str
    object_id: str
    category: str
    label: str
    pose_world_object: Pose
    size_m: tuple[Positive, Positive, Positive]
    support: TrueSupport
    parent: str | None = None
    relation: Literal["on", "in"] = "on"
    mounting: Literal["free", "wall", "ceiling"]
    is_articulated: bool
    visible_px: Count
    disturbance: Disturbance
    outline_m: Annotated[list[Vec3], Field(min_length=4, max_length=512)]


class UnseenObject(Part):
    """An object of the true scene that the reconstruction does not hold, and why."""

    object_id: str
    category: str
    reason: UnseenReason


class ReconstructionTruth(Document):
    """`truth.json` of a made reconstruction. `gravity_source` is the unit vector of gravity in the source's frame,
    `left_out` names the files that a real run writes and this folder lacks."""

    scene_id: SceneId
    kind: ReconstructionKind
    seed: int
    noise: NoiseLevel
    form: Literal["native", "canonical"]
    prompt: str
    units_per_meter: Positive
    gravity_source: Vec3
    pose_world_camera: Pose
    focal_px: Positive
    image_size_px: tuple[int, int]
    room_size_m: tuple[Positive, Positive, Positive]
    floor_tilt_rad: Annotated[float, Field(ge=0)]
    floor_offset_m: float
    objects: list[TrueObject]
    unseen: list[UnseenObject]
    left_out: list[str] = []


class ErrorSpread(Part):
    """Median, 90th percentile and largest of `count` errors."""

    median: float
    p90: float
    largest: float
    count: Annotated[int, Field(gt=0)]


class Share(Part):
    """`count` of `total`."""

    count: Count
    total: Annotated[int, Field(gt=0)]


class ObjectAccuracy(Part):
    """One object that the scene holds; the errors are those of `ReconstructionAccuracy`, `size_ratio` is scene by truth
    (the longer side of the footprint, the shorter, the height)."""

    name: str
    scene_object: str
    position_m: float | None = None
    height_m: float
    yaw_rad: float | None = None
    tilt_rad: float
    size_ratio: tuple[float, float, float]
    parent: str
    parent_expected: str
    parent_right: bool | None = None
    relation_right: bool | None = None
    position_before_m: float | None = None


class ReconstructionAccuracy(Document):
    """How far a scene is from the truth of the reconstruction that it was made of. None: not measurable there.

    The free yaw and shift of the world are taken out. `position_m` is the distance of the middles of the objects'
    boxes, `height_m` the vertical distance of their lowest points, `yaw_rad` the smallest turn about the vertical that
    brings the surfaces together (so the symmetry of an object does not count, and a round one has none), `tilt_rad` the
    angle between the upright axes, `size_error` the mean relative error of the three extents, `size_bias` the median
    factor of the sizes minus one, `scale_error` that of `layout/scene_scale.json`. `parents` and `relations` count
    where the folder holds what truly carries the object. `before_settling_m` are the errors of the positions in
    `layout/scene_layout.json`. `missing` maps objects of the folder that the scene lacks to the reason which the scene
    records; `unexpected` are objects of the scene that are no object of the folder.
    """

    scene_id: str
    truth_scene_id: SceneId
    noise: NoiseLevel
    objects_expected: Count
    objects_found: Count
    recall: Share | None = None
    aligned_yaw_rad: float | None = None
    position_m: ErrorSpread | None = None
    height_m: ErrorSpread | None = None
    yaw_rad: ErrorSpread | None = None
    tilt_rad: ErrorSpread | None = None
    size_error: ErrorSpread | None = None
    size_bias: float | None = None
    scale_error: float | None = None
    parents: Share | None = None
    relations: Share | None = None
    before_settling_m: ErrorSpread | None = None
    missing: dict[str, str] = {}
    unexpected: list[str] = []
    objects: list[ObjectAccuracy] = []

"""Metres per unit: references, room, priors, claims and cameras, and that one wrong thing moves none of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.scene_scale import MetricMetadata
from blueprint.sources.regen3d.layout_document import unscaled_layout
from blueprint.sources.regen3d.priors import size_prior
from blueprint.sources.regen3d.reconstruction import Camera, ReconstructedObject, Reconstruction
from blueprint.sources.regen3d.scale import estimate_scale

UNIT_M = 0.37  # metres per unit of the reconstructions below
OFFICE = {
    "desk_1": ("desk", (1.4, 0.7, 0.72)),
    "chair_1": ("office chair", (0.6, 0.6, 1.1)),
    "fridge_1": ("fridge", (0.7, 0.7, 1.65)),
    "mug_1": ("mug", (0.11, 0.085, 0.093)),
    "monitor_1": ("monitor", (0.53, 0.2, 0.45)),
    "bin_1": ("sprocket", (0.3, 0.3, 0.4)),
}
Make = Callable[..., Reconstruction]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function: things (label, size in metres) by id → a reconstruction of boxes in a unit of 0.37 m."""

    def build(things: dict[str, tuple[str, tuple[float, float, float]]], **fields: object) -> Reconstruction:
        objects = []
        for i, (name, (label, size)) in enumerate(things.items()):
            mesh = trimesh.creation.box((size[0], size[2], size[1]))  # glTF is Y-up
            mesh.export(tmp_path / f"{name}.glb")
            pose = Pose.of((i / UNIT_M, 0, size[2] / 2 / UNIT_M))
            objects.append(ReconstructedObject(name, label, tmp_path / f"{name}.glb", pose, 1 / UNIT_M, "given"))
        return Reconstruction("scene", tmp_path, "office", "test", objects, "given", **fields)  # type: ignore[arg-type]

    return build


def test_the_scale_is_found_from_what_things_usually_measure(make: Make) -> None:
    scale = estimate_scale(make(OFFICE), None)
    assert scale.source == "class_priors"
    assert scale.n_samples == 5  # nobody knows how large a sprocket is
    assert scale.spread is not None
    assert abs(np.log(scale.factor / UNIT_M)) < max(scale.spread, 0.04)
    assert set(scale.priors_used) == {"desk", "office_chair", "fridge", "mug", "monitor"}


def test_one_wrong_label_does_not_move_the_scale(make: Make) -> None:
    right = estimate_scale(make(OFFICE), None)
    wrong = estimate_scale(make(OFFICE | {"bin_1": ("fridge", (0.1, 0.1, 0.12))}), None)
    assert wrong.factor == pytest.approx(right.factor, rel=0.04)


def test_many_things_of_one_wrong_size_do_not_outvote_the_rest(make: Make) -> None:
    toys = {f"toy_{i}": ("office chair", (0.1, 0.1, 0.2)) for i in range(6)}
    assert estimate_scale(make(OFFICE | toys), None).factor == pytest.approx(UNIT_M, rel=0.15)


def test_a_known_height_counts_before_what_is_usual(make: Make) -> None:
    metric = MetricMetadata.model_validate({"known_heights": [{"object_id": "desk_1", "height_m": 0.72}]})
    scale = estimate_scale(make(OFFICE), metric)
    assert scale.source == "reference"
    assert scale.factor == pytest.approx(UNIT_M, rel=1e-5)
    assert {item.kind for item in scale.reference_samples} == {"reference", "class_prior"}


def test_references_by_class_and_stated_factors_agree_with_the_median(make: Make) -> None:
    metric = MetricMetadata.model_validate(
        {"reference_objects": [{"class_name": "fridge", "height_m": 1.65}], "scale_factors": [UNIT_M, UNIT_M * 1.01]}
    )
    scale = estimate_scale(make(OFFICE), metric)
    assert (scale.source, scale.n_samples) == ("reference", 3)
    assert scale.factor == pytest.approx(UNIT_M, rel=0.01)


def test_a_reference_to_nothing_and_one_against_all_experience_are_noted(make: Make) -> None:
    metric = MetricMetadata.model_validate(
        {"known_heights": [{"object_id": "throne", "height_m": 2}, {"object_id": "desk_1", "height_m": 7.2}]}
    )
    scale = estimate_scale(make(OFFICE), metric)
    assert scale.factor == pytest.approx(10 * UNIT_M, rel=1e-5)  # who measured it is believed
    assert scale.notes[0] == "no object is the reference 'throne'."
    assert "what such things usually are" in scale.notes[1]


@pytest.mark.parametrize(
    "metrics",
    [
        {"room_width_m": 3.0, "room_depth_m": 5.0, "room_height_m": 2.5},
        {"room_box_m": {"min": [0, 0, 0], "max": [5, 3, 2.5]}},
        {"room_box_m": {"min": [0, 0, 0], "max": [3, 2.5, 5]}},
    ],
    ids=["extents, the other way round", "a Z-up box", "a Y-up box"],
)
def test_the_room_gives_the_scale_however_its_axes_are_named(
    make: Make, tmp_path: Path, metrics: dict[str, object]
) -> None:
    room = trimesh.creation.box((5 / UNIT_M, 2.5 / UNIT_M, 3 / UNIT_M))
    room.apply_translation((2.5 / UNIT_M, 1.25 / UNIT_M, 0))
    room.export(tmp_path / "room.glb")
    thing = make(OFFICE, background=tmp_path / "room.glb")
    scale = estimate_scale(thing, MetricMetadata.model_validate({"scene_metrics": metrics}))
    assert (scale.source, scale.n_samples) == ("scene_metric", 3)
    assert scale.factor == pytest.approx(UNIT_M, rel=0.01)


def test_a_claim_within_the_spread_is_kept_exactly_and_a_wrong_one_is_not(make: Make) -> None:
    kept = estimate_scale(make(OFFICE, meters_per_unit=UNIT_M), None)
    assert (kept.factor, kept.source) == (UNIT_M, "blend")
    wrong = estimate_scale(make(OFFICE, meters_per_unit=1.0), None)
    assert (wrong.factor, wrong.source) == (estimate_scale(make(OFFICE), None).factor, "class_priors")
    assert any("not kept" in note for note in wrong.notes)


def test_scaling_what_is_metric_already_changes_nothing(make: Make) -> None:
    metric = make({name: (label, tuple(x * UNIT_M for x in size)) for name, (label, size) in OFFICE.items()})
    claimed = Reconstruction(**{**vars(metric), "meters_per_unit": 1.0})
    assert estimate_scale(claimed, None).factor == 1.0


def test_a_camera_at_eye_level_is_the_last_resort(make: Make) -> None:
    camera = Camera(np.eye(3), 640, 480, Pose.of((0, 0, 1.5 / UNIT_M)))
    scale = estimate_scale(make({"a": ("sprocket", (0.3, 0.3, 0.4))}, camera=camera), None)
    assert scale.factor == pytest.approx(UNIT_M, rel=1e-6)
    assert scale.priors_used == {"camera height": 1.5}


def test_where_nothing_says_how_large_the_scene_is_that_is_said(make: Make) -> None:
    thing = {"a": ("sprocket", (0.3, 0.3, 0.4))}
    scale = estimate_scale(make(thing), None)
    assert (scale.factor, scale.source, scale.n_samples, scale.spread) == (1.0, "none", 0, None)
    claimed = estimate_scale(make(thing, meters_per_unit=0.5), None)
    assert (claimed.factor, claimed.source, claimed.n_samples) == (0.5, "blend", 1)


def test_an_absurd_factor_is_clipped_and_noted(make: Make) -> None:
    scale = estimate_scale(make(OFFICE), MetricMetadata(scale_factors=[1e5]))
    assert scale.factor < 100
    assert "m per unit makes the scene" in scale.notes[-1]


def test_a_mesh_that_cannot_be_read_is_noted_and_the_rest_counts(make: Make, tmp_path: Path) -> None:
    broken = make(OFFICE)
    (tmp_path / "desk_1.glb").write_bytes(b"glTF")
    scale = estimate_scale(broken, None)
    assert scale.n_samples == 4
    assert scale.notes[0].startswith("desk_1 is not measured:")


def test_a_thing_that_lies_is_not_measured(make: Make) -> None:
    fallen = make({"fridge_1": OFFICE["fridge_1"], "desk_1": OFFICE["desk_1"]})
    lying = quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2)
    first = ReconstructedObject(**{**vars(fallen.objects[0]), "pose_world_mesh": Pose.of((0, 0, 1), lying)})
    scale = estimate_scale(Reconstruction(**{**vars(fallen), "objects": [first, fallen.objects[1]]}), None)
    assert [item.subject for item in scale.reference_samples] == ["desk_1"]


def test_priors_come_from_standards_and_from_our_generators() -> None:
    desk, mug, plate, box = (size_prior(name) for name in ("desk", "mug", "plate", "box"))
    assert desk is not None
    assert mug is not None
    assert plate is not None
    assert box is not None
    assert (desk.measure, desk.meters) == ("height", 0.74)
    assert (mug.measure, mug.source) == ("height", "generated")
    assert mug.meters == pytest.approx(0.095, abs=0.01)
    assert plate.measure == "length"  # its height says little
    assert box.log_std > 2 * mug.log_std  # boxes come in all sizes
    assert size_prior("sprocket") is None


def test_the_layout_has_half_extents_in_the_unit_of_the_reconstruction(make: Make) -> None:
    layout = unscaled_layout(make(OFFICE, meters_per_unit=0.5))
    desk = next(item for item in layout.objects if item.id == "desk_1")
    assert desk.obb.extents == pytest.approx(np.array([1.4, 0.7, 0.72]) / 2 / UNIT_M, abs=1e-5)
    assert desk.center3d == pytest.approx((0, 0, 0.36 / UNIT_M), abs=1e-5)
    assert (layout.meters_per_unit, layout.coordinate_frame, layout.metadata["is_metric"]) == (0.5, "z_up", True)
    assert layout.room_box.min[2] == pytest.approx(0, abs=1e-6)

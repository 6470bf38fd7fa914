"""What the table says of loose meshes: material, mass, range and where each comes from."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

from blueprint.assets.glb import glb_bytes
from blueprint.assets.lexicon import generator_of, request_for
from blueprint.assets.registry import generate
from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.physics_estimation import ObjectPhysics, PhysicsEstimation
from blueprint.physics.inertia import link_mass
from blueprint.physics.mass_ranges import DOCUMENTED
from blueprint.physics.materials import physics_material
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.meshes.mesh_input import MeshInput
from blueprint.sources.meshes.properties import guess_masses, physics_mode
from blueprint.sources.meshes.properties.measure import item_parts
from blueprint.sources.meshes.properties.own_masses import kind_with_masses, own_masses

LICENSE = License(spdx="CC0-1.0", source="test")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table asks nobody, whatever is configured."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the table opened a connection")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-that-must-not-be-spent")
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-that-must-not-be-spent")
    for name in ("PHYSICS_ESTIMATION_MODEL", "PHYSICS_ESTIMATION_FALLBACK", "GEMINI_ENRICHMENT_REQUIRED"):
        monkeypatch.delenv(name, raising=False)


def box(folder: Path, size: tuple[float, float, float], name: str = "thing", **fields: object) -> MeshInput:
    path = folder / f"{name}.ply"
    trimesh.creation.box(size).export(path)
    given = {"category": name, "label": name, "sim_role": "manipulable_object", **fields}
    return MeshInput(name=name, path=path, root=folder, license=LICENSE, **given)  # type: ignore[arg-type]


def one(item: MeshInput) -> ObjectPhysics:
    return guess_masses([item], "deterministic")[1].objects[0]


@pytest.mark.parametrize("category", ["mug", "book", "chair", "fridge"])
def test_common_things_weigh_what_is_published_of_them(tmp_path: Path, category: str) -> None:
    asset = generate(request_for(category, 11))
    path = tmp_path / "thing.glb"
    path.write_bytes(glb_bytes(asset))
    item = MeshInput("thing", path, tmp_path, category, category, asset.model.sim_role, LICENSE)
    guesses, document = guess_masses([item], "deterministic")
    guess = guesses["thing"]
    published = DOCUMENTED[category]
    true_kg = sum(link_mass(link.mass_model) for link in asset.model.links)
    assert guess.mass_range_kg == (published.low_kg, published.high_kg)
    assert guess.mass_kg == pytest.approx(true_kg, rel=0.25)  # the generator knows, the table sees the mesh alone
    assert guess.source.startswith(f"table: {guess.material}, {category} range {published.low_kg:g}")
    assert document.objects[0].range_source == published.source
    assert document.objects[0].clamped == []


def test_mass_is_density_times_hull_times_fraction(tmp_path: Path) -> None:
    guess = one(box(tmp_path, (0.1, 0.08, 0.09), "mug"))
    assert guess.hull_volume_m3 == pytest.approx(0.1 * 0.08 * 0.09)
    assert guess.mass_kg == pytest.approx(2400 * guess.hull_volume_m3 * guess.solid_fraction, rel=1e-3)
    assert guess.solid_fraction < 0.4  # a mug is a shell


def test_scale_is_applied(tmp_path: Path) -> None:
    whole = one(box(tmp_path, (0.1, 0.08, 0.09), "mug"))
    scaled = one(box(tmp_path, (0.2, 0.16, 0.18), "mug", scale=0.5))
    assert scaled.size_m == whole.size_m == (0.1, 0.08, 0.09)
    assert scaled.mass_kg == whole.mass_kg


def test_words_of_the_label_name_the_material(tmp_path: Path) -> None:
    materials = {
        "white ceramic mug": "ceramic", "stainless steel mug": "steel", "a wooden_mug": "wood", "mug": "ceramic",
        "Glass-mug 2": "glass",
    }  # fmt: skip
    for label, material in materials.items():
        assert one(box(tmp_path, (0.1, 0.08, 0.09), "mug", label=label)).material == material
    assert one(box(tmp_path, (0.3, 0.3, 0.1), "bowl", label="fruit bowl")).material != "fruit"


def test_a_metal_chair_is_tubes_and_not_a_solid_of_steel(tmp_path: Path) -> None:
    wooden = one(box(tmp_path, (0.45, 0.45, 0.9), "chair", label="wooden chair"))
    metal = one(box(tmp_path, (0.45, 0.45, 0.9), "chair", label="metal chair"))
    assert metal.material == "steel"
    assert wooden.mass_kg < metal.mass_kg < 2 * wooden.mass_kg  # steel is 13 times as dense as wood


def test_a_cover_of_leather_changes_what_is_touched_and_not_the_mass(tmp_path: Path) -> None:
    plain = one(box(tmp_path, (2.0, 0.9, 0.8), "sofa"))
    leather = one(box(tmp_path, (2.0, 0.9, 0.8), "sofa", label="leather sofa"))
    assert (leather.material, leather.mass_kg) == ("leather", plain.mass_kg)
    assert leather.static_friction > plain.static_friction


def test_masses_out_of_the_range_are_clamped_and_noted(tmp_path: Path) -> None:
    huge = one(box(tmp_path, (0.3, 0.3, 0.3), "mug"))
    assert huge.mass_kg == DOCUMENTED["mug"].high_kg
    assert len(huge.clamped) == 1
    assert "mug range 0.1-0.7 kg" in huge.clamped[0]


def test_what_a_material_can_weigh_binds_harder_than_the_range(tmp_path: Path) -> None:
    toy = one(box(tmp_path, (0.05, 0.05, 0.1), "chair", label="wooden chair"))
    assert toy.mass_kg == pytest.approx(1000 * 0.05 * 0.05 * 0.1)
    assert toy.mass_kg < DOCUMENTED["chair"].low_kg
    assert "a hull of 0.00025 m3 of wood" in toy.clamped[-1]


def test_the_range_is_of_the_nearest_kind(tmp_path: Path) -> None:
    armchair = one(box(tmp_path, (0.8, 0.8, 0.9), "armchair"))
    assert "armchair range" in armchair.source  # not that of chairs, which armchairs are
    assert own_masses("armchair").low_kg >= armchair.mass_range_kg[0]
    assert own_masses("armchair").high_kg <= armchair.mass_range_kg[1]
    assert "generated ones weigh" in armchair.range_source


def test_an_unknown_kind_is_guessed_by_its_size_and_less_surely(tmp_path: Path) -> None:
    small = one(box(tmp_path, (0.1, 0.1, 0.1), "zorkmid"))
    large = one(box(tmp_path, (1.0, 1.0, 1.0), "zorkmid", sim_role="static"))
    assert (small.material, large.material) == ("plastic", "wood")
    assert small.mass_kg == pytest.approx(0.71, rel=0.05)
    assert large.mass_kg == pytest.approx(125, rel=0.05)
    known = one(box(tmp_path, (0.1, 0.08, 0.09), "mug"))
    assert small.confidence < known.confidence


def test_an_unknown_category_with_a_known_label_is_what_the_label_says(tmp_path: Path) -> None:
    guess = one(box(tmp_path, (0.1, 0.08, 0.09), "object_17", label="blue coffee mug"))
    assert "mug range" in guess.source


def test_a_kind_that_groups_others_stands_for_the_one_of_its_size(tmp_path: Path) -> None:
    assert kind_with_masses("lamp", (0.35, 0.35, 1.6)) == "floor_lamp"
    assert kind_with_masses("lamp", (0.2, 0.2, 0.45)) in ("desk_lamp", "table_lamp")
    assert kind_with_masses("furniture", (2.1, 0.9, 0.85)) == "sofa"
    assert "floor_lamp range" in one(box(tmp_path, (0.35, 0.35, 1.6), "lamp")).source


def test_a_kind_is_itself_or_the_nearest_above_and_an_object_is_none() -> None:
    assert kind_with_masses("mug", (3.0, 3.0, 3.0)) == "mug"
    assert kind_with_masses("lamp") == generator_of("lamp")
    assert kind_with_masses("object", (0.1, 0.1, 0.1)) is None
    assert kind_with_masses("lamp", (9.0, 9.0, 9.0)) is None
    assert kind_with_masses("zorkmid", (0.1, 0.1, 0.1)) is None


def test_a_flat_thing_has_the_hull_that_would_collide(tmp_path: Path) -> None:
    (tmp_path / "sheet.obj").write_text("v 0 0 0\nv 0.2 0 0\nv 0.2 0.3 0\nv 0 0.3 0\nf 1 2 3\nf 1 3 4\n")
    item = replace(box(tmp_path, (1, 1, 1), "poster"), path=tmp_path / "sheet.obj")
    assert one(item).hull_volume_m3 == pytest.approx(0.2 * 0.3 * 0.0005)


def test_a_line_is_not_measured(tmp_path: Path) -> None:
    points = "v 0 0 0\nv 1 0 0\nv 2 1e-7 0\nv 3 0 1e-7\n"
    (tmp_path / "needle.obj").write_text(points + "f 1 2 3\nf 2 3 4\nf 1 2 4\nf 1 3 4\n")
    guess = one(replace(box(tmp_path, (1, 1, 1), "mug"), path=tmp_path / "needle.obj"))
    assert guess.size_m is None
    assert "a line or a point" in guess.fallback_reason


def test_a_mesh_that_cannot_be_read_is_guessed_by_its_kind_and_noted(tmp_path: Path) -> None:
    (tmp_path / "broken.glb").write_bytes(b"glTF but not really")
    broken = replace(box(tmp_path, (1, 1, 1), "mug"), path=tmp_path / "broken.glb")
    guess = one(broken)
    assert guess.size_m is None
    assert 0.2 < guess.mass_kg < 0.5
    assert guess.fallback_reason.startswith("mesh not measured: ")
    unknown, document = guess_masses([replace(broken, category="zorkmid", label="zorkmid")], "deterministic")
    assert unknown["mug"].mass_kg is None
    assert document.coverage == 0


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e9, float("nan")])
def test_a_scale_without_sense_is_refused(tmp_path: Path, scale: float) -> None:
    item = box(tmp_path, (0.1, 0.1, 0.1), "mug", scale=scale)
    with pytest.raises(InputError, match="scale"):
        item_parts(item)
    assert one(item).size_m is None


def test_a_thing_with_links_is_measured_as_a_whole(tmp_path: Path) -> None:
    body = box(tmp_path, (0.5, 0.5, 0.5), "cabinet")
    parts = item_parts(body)
    links = [
        ImportedLink("base", parts),
        ImportedLink("door", parts, parent="base", pose_parent_link=Pose.of((0.5, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))),
    ]
    assert one(replace(body, links=links)).size_m == (1.0, 0.5, 0.5)


def test_the_same_items_give_the_same_bytes(tmp_path: Path) -> None:
    items = [box(tmp_path, (0.1, 0.08, 0.09), "mug"), box(tmp_path, (0.3, 0.2, 0.1), "zorkmid")]
    first = guess_masses(items, "deterministic")[1].to_json()
    own_masses.cache_clear()
    assert guess_masses(items, "deterministic")[1].to_json() == first
    assert PhysicsEstimation.parse(first).objects[0].name == "mug"


def test_every_guess_is_within_its_range_and_below_solid(tmp_path: Path) -> None:
    words = ["plate", "apple", "bottle", "knife", "rug"]
    items = [box(tmp_path, (0.3, 0.2, 0.25), word) for word in words]
    guesses, document = guess_masses(items, "deterministic")
    assert list(guesses) == words
    assert document.coverage == 1
    assert document.used_mode == "deterministic"
    for record in document.objects:
        assert record.mass_kg <= max(physics_material(record.material).density, 1000) * record.hull_volume_m3 * 1.001
        assert record.clamped or record.mass_range_kg[0] <= record.mass_kg <= record.mass_range_kg[1]


def test_two_items_of_one_name_are_refused(tmp_path: Path) -> None:
    item = box(tmp_path, (0.1, 0.1, 0.1), "mug")
    with pytest.raises(InputError, match="share"):
        guess_masses([item, item], "deterministic")


def test_nothing_to_guess_is_an_empty_record() -> None:
    guesses, document = guess_masses([], "deterministic")
    assert guesses == {}
    assert document.objects == []


def test_auto_spends_no_tokens_unless_a_model_is_named(tmp_path: Path) -> None:
    document = guess_masses([box(tmp_path, (0.1, 0.08, 0.09), "mug")], "auto")[1]
    assert (document.requested_mode, document.used_mode, document.attempts) == ("auto", "deterministic", [])
    assert "PHYSICS_ESTIMATION_MODEL" in document.notes[0]


def test_the_mode_is_read_from_the_environment() -> None:
    assert physics_mode({}) == "auto"
    assert physics_mode({"SIMREADY_PHYSICS_MODE": " Gemini "}) == "gemini"
    with pytest.raises(InputError, match="there are auto, deterministic"):
        physics_mode({"SIMREADY_PHYSICS_MODE": "guess"})

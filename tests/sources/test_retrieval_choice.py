import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from retrieval_library import CC0, DeadEmbedder, StepClock, ask, mesh_of, put, retriever

from blueprint.assets.lexicon import request_for
from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.physics.inertia import with_inertials
from blueprint.sources.retrieval.query import query_of, tokens


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def misleading(tmp_path_factory):
    """Meshes whose names lie: only one of those that say "apple" is one."""
    folder = tmp_path_factory.mktemp("misleading")
    put(folder, "apple_tree_table.glb", mesh_of("table"))
    put(folder, "apple pie plate.glb", mesh_of("plate"))
    put(folder, "Apple.glb", mesh_of("table"))
    put(folder, "fruit/apple 2.glb", mesh_of("apple", 4))
    put(folder, "fruit/apple.obj.glb", mesh_of("cutting_board"))
    put(folder, "table lamp.glb", mesh_of("desk_lamp"))
    put(folder, "pomaceous delight.glb", mesh_of("apple", 9))
    return folder


def _reasons(found, request):
    return {candidate.key: candidate.verdict for candidate in found.decisions[request].candidates}


def test_among_misleading_names_the_apple_is_found_and_the_others_are_told_apart(misleading):
    found, request = retriever(misleading), request_for("apple", 3)
    asset = ask(found, request)
    assert found.decisions[request].selected.key == "fruit/apple 2.glb"
    assert asset.model.category == "apple"
    reasons = _reasons(found, request)
    assert "as large as expected" in reasons["Apple.glb"]
    assert "proportions" in reasons["fruit/apple.obj.glb"]
    assert "apple_tree_table.glb" not in reasons  # a table by its last word: another kind scores below the least


def test_a_retrieved_asset_is_like_any_other(misleading):
    found, request = retriever(misleading), request_for("apple", 3)
    asset, prior = ask(found, request), generate(request).model
    mass = with_inertials(asset.model).mass_kg
    volumes = np.prod(asset.model.size_m) / np.prod(prior.size_m)
    assert mass == pytest.approx(with_inertials(prior).mass_kg * volumes, rel=1e-3)
    assert asset.model.links[0].colliders
    assert asset.model.grasps
    assert asset.model.sim_role == prior.sim_role
    assert asset.model.license.spdx == "CC0-1.0"
    assert asset.model.links[0].physics_material == prior.links[0].physics_material
    for own, expected in zip(asset.model.size_m, prior.size_m, strict=True):
        assert 1 / 1.3 <= own / expected <= 1.3


@pytest.mark.parametrize("unit", [0.01, 0.001, 0.0254])
def test_a_wrong_unit_is_undone(tmp_path, unit):
    scene = trimesh.load_scene(trimesh.util.wrap_as_stream(mesh_of("apple")), file_type="glb")
    scene.apply_scale(1 / unit)
    put(tmp_path, "apple.glb", scene.export(file_type="glb"))
    found, request = retriever(tmp_path), request_for("apple", 1)
    asset = ask(found, request)
    assert asset.model.size_m == pytest.approx(generate(request).model.size_m, rel=0.01)
    assert found.decisions[request].selected.scale == pytest.approx(unit, rel=0.01)


def test_ann_finds_what_words_do_not_and_lexical_serves_when_it_does_not(misleading):
    request = AssetRequest("apple", 3)
    primary = retriever(misleading, "ann_primary")
    assert ask(primary, request) is not None
    assert primary.decisions[request].way == "ann"
    blind = retriever(misleading, "ann_primary", ann_min_score=1.1)
    assert ask(blind, request) is not None
    assert blind.decisions[request].way == "lexical_fallback"
    strict = retriever(misleading, "ann_primary", ann_min_score=1.1, lexical_fallback=False)
    assert ask(strict, request) is None
    assert "fallback is switched off" in strict.decisions[request].reason


def test_only_meaning_finds_a_thing_of_another_name(tmp_path):
    put(tmp_path, "pomaceous delight.glb", mesh_of("apple", 9))
    request = request_for("apple", 3)
    assert ask(retriever(tmp_path), request) is None
    by_meaning = retriever(tmp_path, "ann_primary")
    assert ask(by_meaning, request) is not None
    assert by_meaning.decisions[request].selected.key == "pomaceous delight.glb"


def test_in_shadow_words_decide_and_ann_is_measured(misleading):
    request = request_for("apple", 3)
    lexical, shadow = retriever(misleading), retriever(misleading, "ann_shadow", clock=StepClock(0.25))
    assert ask(shadow, request).model == ask(lexical, request).model
    decision = shadow.decisions[request]
    assert decision.way == "lexical"
    assert decision.ann.hit
    assert decision.ann.latency_ms == pytest.approx(250.0)
    assert decision.shadow is not None
    assert lexical.decisions[request].ann is None


def test_times_never_change_what_is_picked(misleading):
    requests = [request_for("apple", seed) for seed in range(4)]
    slow = retriever(misleading, "ann_primary", clock=StepClock(9.0))
    fast = retriever(misleading, "ann_primary", clock=StepClock(0.0))
    assert [ask(slow, one).model for one in requests] == [ask(fast, one).model for one in requests]


def test_a_model_that_fails_is_asked_once_and_words_serve(misleading):
    found = retriever(misleading, "ann_primary", embedder=DeadEmbedder())
    first, second = request_for("apple", 3), request_for("apple", 4)
    assert ask(found, first) is not None
    assert ask(found, second) is not None
    assert found.decisions[first].ann.error == "nobody answers."
    assert found.decisions[second].ann is None
    assert found.ann_unavailable == "nobody answers."


@pytest.mark.slow
def test_seeds_choose_among_equals_and_the_same_seed_the_same(tmp_path):
    for k in range(4):
        put(tmp_path, f"{k}/apple.glb", mesh_of("apple", 20 + k))
    found, again = retriever(tmp_path), retriever(tmp_path)
    chosen = []
    for seed in range(6):
        request = request_for("apple", seed)
        ask(found, request)
        ask(again, request)
        chosen.append(found.decisions[request].selected.key)
        assert found.decisions[request].selected == again.decisions[request].selected
    assert len(set(chosen)) > 1


@pytest.mark.parametrize("license", [None, "CC-BY-NC-4.0", "all rights reserved", "CC-BY-SA-4.0"])
def test_a_licence_that_is_unknown_or_not_permissive_needs_a_setting(tmp_path, license):
    put(tmp_path, "apple.glb", mesh_of("apple"), {"license": license} if license else None)
    request = request_for("apple", 1)
    found = retriever(tmp_path)
    assert ask(found, request) is None
    assert "licence" in found.decisions[request].reason
    assert ask(retriever(tmp_path, licenses=None), request) is not None


def test_colour_and_material_must_be_met(tmp_path):
    put(tmp_path, "apple.glb", mesh_of("apple"))
    put(tmp_path, "table.glb", mesh_of("table"))
    put(tmp_path, "steel table.glb", mesh_of("desk"), {**CC0, "category": "table"})
    found = retriever(tmp_path)
    blue = replace(request_for("apple", 1), color="blue")
    assert ask(found, blue) is None
    assert "it is not blue" in _reasons(found, blue).values()
    steel = replace(request_for("table", 1), material="steel")
    asset = ask(found, steel)
    assert _reasons(found, steel)["table.glb"] == "nothing says that it is steel"
    if asset is not None:
        assert asset.model.links[0].physics_material == "steel"


def test_a_fridge_without_joints_is_no_fridge_and_an_own_one_keeps_its_doors(tmp_path):
    put(tmp_path, "fridge.glb", mesh_of("fridge"))
    found, request = retriever(tmp_path), request_for("fridge", 5)
    assert ask(found, request) is None
    assert "no joints" in found.decisions[request].reason
    own = generate(request_for("fridge", 2))
    save_asset(replace(own, model=with_inertials(own.model)), tmp_path / "own" / "fridge")
    asset = ask(retriever(tmp_path), request)
    assert asset.model.is_articulated
    assert asset.model.regions


def test_a_hollow_mug_keeps_its_inside_and_grasps_and_a_solid_one_is_refused(tmp_path):
    put(tmp_path, "hollow/mug.glb", mesh_of("mug", 1))
    request = request_for("mug", 7)
    asset = ask(retriever(tmp_path), request)
    assert [region.kind for region in asset.model.regions] == ["interior"]
    assert {grasp.kind for grasp in asset.model.grasps} == {"rim", "handle"}
    assert len(asset.model.links[0].colliders) > 10
    solid = trimesh.creation.cylinder(0.043, 0.091, sections=40)
    solid.apply_transform(trimesh.transformations.rotation_matrix(-math.pi / 2, (1, 0, 0)))
    (tmp_path / "hollow" / "mug.glb").write_bytes(trimesh.Scene(solid).export(file_type="glb"))
    found = retriever(tmp_path, must_contain=frozenset({"mug"}))
    assert ask(found, request) is None
    assert "gripper" in found.decisions[request].reason or "hollow" in found.decisions[request].reason


def test_a_table_without_a_flat_top_is_no_table(tmp_path):
    dome = trimesh.creation.icosphere(4, 1.0)
    dome.apply_scale((0.6, 0.375, 0.375))
    put(tmp_path, "table.glb", trimesh.Scene(dome).export(file_type="glb"))
    found, request = retriever(tmp_path), request_for("table", 1)
    assert ask(found, request) is None
    assert "flat places" in found.decisions[request].reason


def test_a_thing_that_only_has_a_name_comes_in_its_own_size(tmp_path):
    bellows = trimesh.creation.box((0.4, 0.2, 0.3))
    put(tmp_path, "bandoneon.glb", trimesh.Scene(bellows).export(file_type="glb"))
    request = AssetRequest("proxy", 1, options=(("label", "bandoneon"),))
    asset = ask(retriever(tmp_path, must_contain=frozenset()), request)
    assert sorted(asset.model.size_m) == pytest.approx([0.2, 0.3, 0.4])
    unit = trimesh.creation.box((1.0, 0.5, 0.75))
    put(tmp_path, "bandoneon.glb", trimesh.Scene(unit).export(file_type="glb"))
    found = retriever(tmp_path)
    assert ask(found, request) is None
    assert "how large" in found.decisions[request].reason


def test_a_request_names_the_kind_that_it_was_made_for():
    for kind in ("lime", "armchair", "mug", "dining_table"):
        request = request_for(kind, 1)
        assert query_of(request, generate(request).model).kind == kind
    assert tokens("Boxes of the 3D glasses and batteries") == {"box", "glass", "battery"}

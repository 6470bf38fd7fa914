"""Meshes that a loopback service makes, as assets: of the wanted size, on the ground, solid, of use, or refused."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

from blueprint.assets.geometry import Asset
from blueprint.assets.library import glb_bytes, save_asset
from blueprint.assets.registry import PROXY, AssetRequest, generate
from blueprint.contracts.asset_generation import GenerationReport
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.physics.inertia import with_inertials
from blueprint.physics.materials import physics_material
from blueprint.services.mesh_generation import MeshCache, MeshChain, check_glb
from blueprint.services.mesh_generation.provider import Service
from blueprint.services.mesh_generation.trellis_job import TrellisJobProvider
from blueprint.sources import choose
from blueprint.sources.generated import AssetShelf
from blueprint.sources.generation import (
    GENERATION_REPORT,
    AssetGenerator,
    open_generation,
)
from blueprint.sources.mesh_fit import fitted_asset, mesh_request
from blueprint.sources.retrieval.library import scan_library
from blueprint.storage.store import open_store
from blueprint.usd.asset import author_asset
from blueprint.usd.validate import validate_stage

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

from loopback_http import Asked, Loopback, Reply

Y_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)
SPROCKET = AssetRequest(PROXY, 3, options=(("label", "sprocket"),))


def normalised(data: bytes, quarter: int = 0) -> bytes:
    """The mesh as services answer: Y-up, around the origin, its longest side 1, turned about the vertical."""
    scene = trimesh.load_scene(io.BytesIO(data), file_type="glb")
    low, high = scene.bounds
    matrix = np.eye(4)
    matrix[:3, :3] /= (high - low).max()
    matrix[:3, 3] = -(low + high) / 2 / (high - low).max()
    scene.apply_transform(trimesh.transformations.rotation_matrix(quarter * np.pi / 2, (0, 1, 0)) @ matrix)
    return bytes(scene.export(file_type="glb", include_normals=True))


def box_glb(size: tuple[float, float, float], color: tuple[int, int, int] | None = None) -> bytes:
    """A box of extent x, y, z in a Z-up world, as a Y-up GLB; without a colour it has no material at all."""
    box = trimesh.creation.box(size)
    box.apply_transform(Y_UP)
    if color is not None:
        box.visual = TextureVisuals(uv=np.zeros((8, 2)), material=PBRMaterial(baseColorFactor=[*color, 255]))
    return bytes(box.export(file_type="glb"))


def fitted(data: bytes, request: AssetRequest, *, must_contain: bool = False) -> Asset:
    return fitted_asset(data, request, generate(request).model, must_contain=must_contain)[0]


def extent(asset: Asset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = np.concatenate([shape.vertices for shape in asset.meshes.values()])
    return points.min(axis=0), points.max(axis=0)


def server_of(answer: bytes | Callable[[str], bytes]) -> Loopback:
    """A TRELLIS job server; `answer` is the GLB, or makes it from the words that were asked for."""
    words: list[str] = []

    def reply(asked: Asked) -> Reply:
        if asked.method == "POST":
            words.append(asked.body["input_text"])
            return Reply(202, {"status": "accepted", "job_id": f"job-{len(words)}"})
        return Reply(200, answer if isinstance(answer, bytes) else answer(words[-1]))

    return Loopback(reply)


def chain_of(server: Loopback, license_id: str = "unknown") -> MeshChain:
    service = Service("trellis", server.url, "TRELLIS-text-xlarge", poll_s=0.01, backoff_s=0.01, timeout_s=20.0)
    return MeshChain([TrellisJobProvider(service)], license_id=license_id)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "quarter"), [("mug", 0), ("chair", 0), ("desk", 1)])
def test_a_generated_thing_has_the_size_and_the_mass_of_its_kind_and_stands_on_the_ground(
    kind: str, quarter: int
) -> None:
    request = AssetRequest(kind, 9)
    prior = generate(request).model
    asset = fitted(normalised(glb_bytes(generate(AssetRequest(kind, 5))), quarter), request)
    assert np.allclose(asset.model.size_m, prior.size_m, rtol=0.15)
    low, high = extent(asset)
    assert low[2] == pytest.approx(0.0, abs=1e-6)
    assert np.allclose(high - low, asset.model.size_m, atol=1e-5)
    assert np.allclose((low + high)[:2], 0.0, atol=2e-3)
    mass = with_inertials(asset.model).mass_kg
    volumes = np.prod(asset.model.size_m) / np.prod(prior.size_m)
    assert mass == pytest.approx(with_inertials(prior).mass_kg * volumes, rel=0.02)
    assert asset.model.links[0].physics_material == prior.links[0].physics_material
    assert 1 <= len(asset.model.links[0].colliders) <= 25
    assert {region.is_container for region in asset.model.regions} >= {region.is_container for region in prior.regions}
    assert bool(asset.model.grasps) or not prior.grasps


def test_y_up_becomes_z_up_and_the_front_of_gltf_becomes_ours() -> None:
    """glTF: +Y up, +Z front. Ours: +Z up, -Y front. A marker on the front of a box ends at -Y."""
    body, marker = trimesh.creation.box((0.06, 0.2, 0.06)), trimesh.creation.box((0.02, 0.02, 0.02))
    marker.apply_translation((0.0, 0.05, 0.04))
    data = bytes(trimesh.Scene([body, marker]).export(file_type="glb"))
    asset = fitted(data, SPROCKET)
    sizes = {name: np.ptp(shape.vertices, axis=0) for name, shape in asset.meshes.items()}
    assert len(sizes) == 1  # both have the same surface
    points = next(iter(asset.meshes.values())).vertices
    front = np.unique(points[points[:, 1] < points[:, 1].min() + 1e-6].round(6), axis=0)
    assert len(front) == 4
    assert front[:, 2].mean() == pytest.approx(0.75 * asset.model.size_m[2], rel=1e-3)
    assert asset.model.size_m[2] == max(asset.model.size_m)


def test_a_stand_in_keeps_the_proportions_of_its_mesh_and_its_largest_extent_counts() -> None:
    prior = generate(SPROCKET).model
    asset = fitted(box_glb((0.5, 0.25, 1.0)), SPROCKET)
    assert max(asset.model.size_m) == pytest.approx(max(prior.size_m))
    assert np.allclose(np.array(asset.model.size_m) / max(asset.model.size_m), (0.5, 0.25, 1.0), atol=1e-4)


@pytest.mark.parametrize("size", [(1.0, 1.0, 1.0), (1.0, 1.0, 0.2)])
def test_a_stand_in_shrinks_until_a_gripper_takes_it(size: tuple[float, float, float]) -> None:
    asset = fitted(box_glb(size), SPROCKET)
    assert asset.model.size_m[0] == pytest.approx(0.98 * 0.075)
    assert {grasp.width_m for grasp in asset.model.grasps} == {asset.model.size_m[0]}


def flat(points: list[tuple[float, float, float]], faces: list[tuple[int, int, int]]) -> bytes:
    return bytes(trimesh.Trimesh(points, faces, process=False).export(file_type="glb"))


@pytest.mark.parametrize(
    "data",
    [
        flat([(0, 0, 0), (1, 1, 0), (1, 1, 1), (0, 0, 1)], [(0, 1, 2), (0, 2, 3)]),  # a sheet, aslant
        flat([(0, 0, 0), (1, 1, 0.3), (0.5, 1, 1)], [(0, 1, 2)]),
        flat([(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)], [(0, 1, 2), (1, 2, 3)]),  # a line
        flat([(0, 0, 0), (0, 0, 0), (1, 1, 1), (1, 1, 1)], [(0, 1, 2), (1, 2, 3)]),
    ],
)
def test_a_mesh_without_a_body_is_refused_or_made_solid_but_ends_no_scene(data: bytes) -> None:
    try:
        asset = fitted(data, SPROCKET)
    except InputError:
        return
    assert with_inertials(asset.model).mass_kg > 0


def test_damaged_bytes_are_refused_and_end_no_scene() -> None:
    data, rng = box_glb((0.5, 0.25, 1.0)), np.random.default_rng(7)
    outcomes = set()
    for _ in range(120):
        broken = bytearray(data)
        for at in rng.integers(20, len(data), rng.integers(1, 8)):
            broken[at] = rng.integers(256)
        try:
            check_glb(bytes(broken))
            fitted(bytes(broken), SPROCKET)
            outcomes.add("ok")
        except InputError:
            outcomes.add("refused")
    assert outcomes == {"ok", "refused"}


def test_one_axis_is_stretched_by_at_most_15_percent() -> None:
    request = AssetRequest("book", 1)
    wanted = np.array(generate(request).model.size_m)
    near = fitted(box_glb((wanted[0] * 1.2, wanted[1], wanted[2])), request)
    assert np.allclose(near.model.size_m, wanted, rtol=1e-3)
    with pytest.raises(InputError, match="proportions"):
        fitted(box_glb((wanted[0], wanted[1], wanted[2] * 4)), request)


def test_what_has_no_colour_of_its_own_is_painted_as_the_request_says_and_another_colour_is_refused() -> None:
    red = replace(SPROCKET, color="red")
    plain = fitted(box_glb((0.5, 0.5, 1.0)), red)
    r, g, b = plain.model.materials[0].base_color
    assert r > 3 * max(g, b)
    assert fitted(box_glb((0.5, 0.5, 1.0), (200, 20, 20)), red).model.materials[0].base_color[0] > 0.3
    with pytest.raises(InputError, match="not red"):
        fitted(box_glb((0.5, 0.5, 1.0), (20, 20, 200)), red)


@pytest.mark.parametrize(
    ("request_", "size", "why"),
    [
        (AssetRequest("mug", 1), (0.12, 0.085, 0.095), "gripper"),  # a solid block: no rim, no handle
        (AssetRequest("bookcase", 1), None, "6 are needed"),
        (AssetRequest("glass", 1), None, "hollow"),
        (SPROCKET, (1.0, 1.0, 0.001), "flat"),
        (AssetRequest("book", 1), (0.001, 0.001, 0.001), "proportions"),
    ],
)
def test_what_cannot_be_used_as_its_kind_is_refused(request_: AssetRequest, size: tuple | None, why: str) -> None:
    size = size or generate(request_).model.size_m
    with pytest.raises(InputError, match=why):
        fitted(box_glb(size), request_, must_contain=True)


def test_a_mesh_with_vertices_that_are_not_numbers_is_refused() -> None:
    data = bytearray(box_glb((0.5, 0.5, 1.0)))
    header = int.from_bytes(data[12:16], "little")
    views = json.loads(data[20 : 20 + header])
    position = views["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    view = views["bufferViews"][views["accessors"][position]["bufferView"]]
    at = 20 + header + 8 + view.get("byteOffset", 0)
    data[at : at + 4] = np.float32("nan").tobytes()
    with pytest.raises(InputError, match="NaN"):
        fitted(bytes(data), SPROCKET)


def test_a_generated_asset_passes_the_validators_and_says_where_it_comes_from(tmp_path: Path) -> None:
    request = AssetRequest("mug", 9, color="red")
    with server_of(normalised(glb_bytes(generate(AssetRequest("mug", 5, color="red"))))) as server:
        generator = AssetGenerator(chain_of(server, "CC-BY-4.0"), None, scope="all")
        asset = generator.asset(request, generate(request))
        assert generator.asset(request, generate(request)) is asset
        assert len(server.asked) == 2
        assert server.asked[0].body == {"input_text": "red mug"}
    assert asset is not None
    decision = generator.decisions[request]
    assert decision.asset_id == asset.model.asset_id
    assert decision.origin is not None
    params = asset.model.params
    assert params["mesh_sha256"] == decision.origin.mesh_sha256
    assert (params["service"], params["model"]) == ("trellis", "TRELLIS-text-xlarge")
    assert asset.model.license.spdx == "CC-BY-4.0"
    assert asset.model.generator == "imported.generated"
    assert asset.model.category == "mug"
    prepared = replace(asset, model=with_inertials(asset.model))
    save_asset(prepared, tmp_path / asset.model.asset_id)
    interface = author_asset(prepared, tmp_path / asset.model.asset_id)
    assert [check for check in validate_stage(interface) if not check.passed] == []


def test_the_same_answer_gives_the_same_bytes_and_the_cache_the_same_asset_without_a_network(tmp_path: Path) -> None:
    cache = MeshCache(open_store(tmp_path), "asset-library/generated-text")
    data = box_glb((0.5, 0.25, 1.0), (90, 90, 90))
    with server_of(data) as server:
        first = AssetGenerator(chain_of(server), cache)
        one = first.asset(SPROCKET, generate(SPROCKET))
        again = AssetGenerator(chain_of(server), None)
        two = again.asset(SPROCKET, generate(SPROCKET))
        chain = chain_of(server)
    later = AssetGenerator(chain, cache)
    three = later.asset(SPROCKET, generate(SPROCKET))
    assert one is not None
    assert two is not None
    assert three is not None
    assert glb_bytes(one) == glb_bytes(two) == glb_bytes(three)
    assert one.model == two.model == three.model
    assert [item.outcome for item in later.decisions[SPROCKET].attempts] == ["cached"]
    assert later.decisions[SPROCKET].from_cache
    assert first.report("s").to_json() == again.report("s").to_json()


def test_the_asset_library_finds_what_was_generated_with_its_size_and_licence(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with server_of(box_glb((0.5, 0.25, 1.0), (90, 90, 90))) as server:
        generator = AssetGenerator(chain_of(server, "CC0-1.0"), MeshCache(store, "asset-library/generated-text"))
        asset = generator.asset(SPROCKET, generate(SPROCKET))
    library = scan_library(store, ("asset-library",), 100)
    assert asset is not None
    assert library.skipped == {}
    (item,) = library.items
    assert item.name == "sprocket"
    assert item.license is not None
    assert item.license.spdx == "CC0-1.0"
    assert np.allclose(item.size_m, asset.model.size_m, rtol=1e-3)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (AssetRequest("mug", 1), "there is a generator for it"),
        (AssetRequest("fridge", 1), "there is a generator for it"),
    ],
)
def test_what_we_can_make_ourselves_is_not_asked_for(request_: AssetRequest, why: str) -> None:
    with server_of(b"") as server:
        generator = AssetGenerator(chain_of(server), None)
        assert generator.asset(request_, generate(request_)) is None
        assert server.asked == []
    assert generator.decisions[request_].reason == why


def test_a_thing_with_joints_is_never_replaced_by_a_mesh() -> None:
    request = AssetRequest("fridge", 1)
    with server_of(b"") as server:
        generator = AssetGenerator(chain_of(server), None, scope="all")
        assert generator.asset(request, generate(request)) is None
        assert server.asked == []
    assert "joints" in generator.decisions[request].reason


def test_where_no_mesh_is_usable_the_procedural_asset_stands_and_the_report_says_why() -> None:
    with server_of(box_glb((1.0, 1.0, 0.001))) as server:
        generator = AssetGenerator(chain_of(server), None)
        shelf = AssetShelf(generator.asset)
        assert shelf.asset(SPROCKET).model == generate(SPROCKET).model
    report = generator.report("scene_1")
    (decision,) = report.decisions
    assert decision.reason == "no service gave a usable mesh"
    assert [(item.outcome, item.status) for item in decision.attempts] == [("unusable", 200)]
    assert "flat" in decision.attempts[0].detail


def test_a_shelf_shows_what_was_generated() -> None:
    with server_of(box_glb((0.5, 0.25, 1.0))) as server:
        shelf = AssetShelf(AssetGenerator(chain_of(server), None).asset)
        assert shelf.model(SPROCKET).params["service"] == "trellis"


def test_services_are_asked_in_the_words_of_the_request() -> None:
    request = AssetRequest("mug", 2, color="blue", material="metal", size="large")
    wanted = mesh_request(request, generate(request).model)
    assert wanted.prompt == "large blue metal mug"
    assert wanted.category == "mug"
    hostile = AssetRequest(PROXY, 0, options=(("label", "a\u202eb\nc" + "x" * 500),))
    assert mesh_request(hostile, generate(SPROCKET).model).prompt.isprintable()


def test_the_mass_follows_the_material() -> None:
    light, heavy = (
        with_inertials(fitted(box_glb((0.5, 0.25, 1.0)), replace(SPROCKET, material=word)).model).mass_kg
        for word in ("plastic", "steel")
    )
    ratio = physics_material("steel").density / physics_material("plastic").density
    assert heavy / light == pytest.approx(ratio, rel=0.02)


def test_a_scene_holds_a_generated_thing_that_settles_and_its_manifest_says_who_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXT_TRELLIS_DIALECT", "trellis-job")
    monkeypatch.setenv("TEXT_TRELLIS_POLL_SECONDS", "0.05")
    monkeypatch.setenv("TEXT_ASSET_GENERATION_PROVIDER_CHAIN", "trellis")
    monkeypatch.setenv("TEXT_ASSET_STORE", str(tmp_path))
    asked = SceneRequest(schema_version="v1", scene_id="try", prompt="a sprocket and a gizmo on a table")

    def answer(words: str) -> bytes:
        return box_glb((0.5, 0.25, 1.0), (90, 90, 90)) if words == "sprocket" else b"no mesh"

    scene_dir = tmp_path / "scenes" / "try"
    scene_dir.mkdir(parents=True)
    with server_of(answer) as server:
        monkeypatch.setenv("TEXT_TRELLIS_API_HOST", server.url)
        manifest = choose.generate(asked, 0, scene_dir).manifest
    (made,) = [item for item in manifest.objects if item.asset.source == "generated"]
    assert made.id.startswith("sprocket")
    assert made.asset_generation is not None
    assert made.asset_generation["generated"]["origin"]["service"] == "trellis"
    assert made.asset_generation["generated"]["license"]["spdx"] == "unknown"
    assert manifest.metadata["mesh_generation"]["generated_objects"] == 1
    assert [text for text in manifest.metadata["fallbacks"] if "gizmo" in text]
    report = GenerationReport.read(scene_dir / GENERATION_REPORT)
    assert {item.prompt: item.asset_id is not None for item in report.decisions if item.attempts} == {
        "sprocket": True,
        "gizmo": False,
    }
    table = next(item for item in manifest.objects if "table" in item.category)
    top = table.transform.pose().position[2] + table.dimensions_est.height
    assert made.transform.pose().position[2] == pytest.approx(top, abs=0.002)


@pytest.mark.parametrize(
    ("constraints", "scope"),
    [({}, "stand-ins"), ({"asset_generation": "all"}, "all"), ({"asset_generation": False}, None)],
)
def test_a_request_says_what_may_be_generated(
    constraints: dict[str, object], scope: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXT_SAM3D_API_HOST", "http://gpu:1")
    generator = open_generation(constraints, open_store(tmp_path))
    assert (generator.report("s").scope if generator else None) == scope
    with pytest.raises(InputError, match="asset_generation"):
        open_generation({"asset_generation": "everything"}, open_store(tmp_path))

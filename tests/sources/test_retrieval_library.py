import json
import os
from dataclasses import replace

import pytest
from retrieval_library import CC0, mesh_of, put, scan

from blueprint.assets.lexicon import request_for
from blueprint.assets.library import save_asset
from blueprint.assets.registry import generate
from blueprint.contracts.errors import UnsafePathError
from blueprint.physics.inertia import with_inertials
from blueprint.sources.retrieval.library import scan_library
from blueprint.storage.store import open_store
from blueprint.usd.asset import author_asset


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "library").mkdir()
    return tmp_path / "library"


def _prepared(kind):
    asset = generate(request_for(kind, 1))
    return replace(asset, model=with_inertials(asset.model))


def _obj(low, high):
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    quads = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {a} {b} {c} {d}" for a, b, c, d in quads]
    return "\n".join(lines).encode()


def test_glb_obj_usd_and_own_assets_are_read_with_their_true_extent(folder):
    mug = _prepared("mug")
    put(folder, "meshes/blue_coffee_mug.glb", mesh_of("mug"))
    put(folder, "crates/Wooden Crate.obj", _obj((0, 0, 0), (0.5, 0.4, 0.3)))
    author_asset(mug, folder / "usd" / "tea mug")
    save_asset(mug, folder / "own" / "mug_1")
    found = {item.key: item for item in scan(folder).items}
    assert sorted((item.format, item.category) for item in found.values()) == [
        ("asset", "mug"), ("glb", "mug"), ("obj", "crate"), ("usd", "mug"),
    ]  # fmt: skip
    glb = found["meshes/blue_coffee_mug.glb"]
    assert glb.name == "blue coffee mug"
    assert glb.license is not None
    assert glb.license.spdx == "CC0-1.0"
    for item in found.values():
        if item.category == "mug":
            assert item.size_m == pytest.approx(mug.model.size_m, abs=1e-5)
    crate = found["crates/Wooden Crate.obj"]
    assert crate.size_m == pytest.approx((0.5, 0.4, 0.3))
    assert crate.up_axis is None
    assert found["own/mug_1/metadata.json"].region_kinds == ["interior"]


def test_hostile_and_damaged_files_are_skipped_with_a_reason(folder):
    put(folder, "good.glb", mesh_of("apple"))
    put(folder, "cut.glb", mesh_of("apple")[:500])
    put(folder, "empty.glb", b"")
    put(folder, "nan.obj", b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    put(folder, "outside.usda", b'#usda 1.0\ndef "a" (references = @../../secret.usda@) {}\n')
    put(folder, "sidecar.glb", mesh_of("pear"), None)
    (folder / "sidecar.json").write_text('{"name": NaN}')
    put(folder, "old.fbx", b"Kaydara", None)
    library = scan(folder)
    assert [item.key for item in library.items] == ["good.glb"]
    assert {"cut.glb", "empty.glb", "nan.obj", "outside.usda", "sidecar.glb", "old.fbx"} <= library.skipped.keys()
    assert "not self-sufficient" in library.skipped["outside.usda"]
    assert all(reason and "\n" not in reason for reason in library.skipped.values())


def test_a_link_out_of_the_library_stops_the_scan(folder, tmp_path):
    (tmp_path / "secret.glb").write_bytes(mesh_of("banana"))
    os.symlink(tmp_path / "secret.glb", folder / "link.glb")
    with pytest.raises(UnsafePathError, match="link"):
        scan(folder)


def test_a_stated_size_sets_the_unit_and_another_shape_is_refused(folder):
    put(folder, "inches.glb", mesh_of("table"), {**CC0, "dimensions": {"width": 2.4, "depth": 1.5, "height": 1.5}})
    put(folder, "wrong.glb", mesh_of("table"), {**CC0, "dimensions": {"width": 0.1, "depth": 0.1, "height": 0.9}})
    library = scan(folder)
    assert [item.key for item in library.items] == ["inches.glb"]
    assert library.items[0].file_scale == pytest.approx(2.0, rel=0.01)
    assert "other proportions" in library.skipped["wrong.glb"]


def test_a_y_up_obj_is_recognised_by_its_stated_size(folder):
    put(
        folder,
        "shelf.obj",
        _obj((0, 0, 0), (0.8, 1.8, 0.3)),
        {**CC0, "dimensions": dict(width=0.8, depth=0.3, height=1.8)},
    )
    assert scan(folder).items[0].up_axis == "y"


def test_of_a_scene_folder_only_assets_count_and_never_those_of_the_scene_itself(folder):
    for scene in ("old", "mine"):
        home = folder / "scenes" / scene / "assets"
        save_asset(_prepared("mug" if scene == "old" else "bowl"), home / "thing")
        (home / "scene_manifest.json").write_text("{}")
        put(folder, f"scenes/{scene}/usd/scene.usda", b"#usda 1.0\n", None)
    library = scan_library(open_store(folder), ("scenes",), 100, without_scene="mine")
    assert [item.key for item in library.items] == ["scenes/old/assets/thing/metadata.json"]
    assert library.skipped == {}


def test_the_limit_on_files_is_kept_and_told_and_twins_count_once(folder):
    for name in ("a", "b", "c"):
        put(folder, f"{name}.glb", mesh_of("apple"), None)
    put(folder, "d.glb", mesh_of("pear"), None)
    assert len(scan(folder, max_files=2).items) + len(scan(folder, max_files=2).skipped) == 2
    assert scan(folder, max_files=2).beyond_limit == 2


def test_the_same_asset_twice_is_one(folder):
    apple = mesh_of("apple")
    put(folder, "one/apple.glb", apple, None)
    put(folder, "two/apple.glb", apple, None)
    library = scan(folder)
    assert [item.key for item in library.items] == ["one/apple.glb"]
    assert library.skipped == {"two/apple.glb": "the same asset as one/apple.glb"}


def test_the_index_is_cached_by_content_and_renewed_when_the_content_changes(folder, tmp_path):
    put(folder, "thing.glb", mesh_of("apple"))
    first = scan(folder)
    cached = list((tmp_path / "cache").rglob("items/*.json"))
    assert len(cached) == 1
    document = json.loads(cached[0].read_text())
    cached[0].write_text(json.dumps(document | {"description": "from the cache"}))
    assert scan(folder).items[0].description == "from the cache"
    cached[0].write_text("{")
    assert scan(folder).items == first.items
    put(folder, "thing.glb", mesh_of("pear"))
    assert scan(folder).sha256 != first.sha256


def test_a_bucket_gives_the_same_library_as_a_folder(folder, s3_url, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    put(folder, "fruit/apple.glb", mesh_of("apple"))
    author_asset(_prepared("mug"), folder / "usd" / "mug")
    bucket = open_store("s3://bucket/retrieval/library")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            bucket.write(path.relative_to(folder).as_posix(), path.read_bytes())
    here, there = scan(folder), scan_library(bucket, ("",), 100)
    assert there.items == here.items
    assert there.sha256 == here.sha256
    assert scan_library(bucket, ("fruit",), 100).items == here.items[:1]

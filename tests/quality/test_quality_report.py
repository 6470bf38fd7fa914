import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from contract_examples import EXAMPLES
from synthetic_records import CAMERAS, write_record

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.library import save_asset
from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    Collider,
    Inertial,
    License,
    Link,
    MassModel,
    SurfaceMaterial,
    Visual,
)
from blueprint.contracts.certificate import (
    CertificateSummary,
    JointCertificate,
    ObjectCertificate,
    PhysicsCertificate,
    Thresholds,
)
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.markers import CompletionMarker
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene_manifest import AssetReference, SceneFrame, SceneManifest, SceneObject, Transform
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.task import RefusedTask, TaskSet
from blueprint.quality.episode_checks import EpisodeLimits
from blueprint.quality.gates import issue
from blueprint.quality.importer import import_episodes
from blueprint.quality.report import build_report
from blueprint.storage import layout

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)> {{ 7*7 }}'


def box_asset(asset_id: str, half: tuple[float, float, float], color: tuple[float, float, float]) -> Asset:
    """A box that stands on its bottom centre, with a texture of two colours."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (0, 2)], float) * half
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    normals = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
    mesh = TriangleMesh(
        vertices=np.concatenate([corners[list(quad)] for quad in quads]),
        normals=np.repeat(np.array(normals, float), 4, axis=0),
        uvs=np.tile([(0, 0), (1, 0), (1, 1), (0, 1)], (6, 1)).astype(float),
        faces=np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * k for k in range(6)]).astype(np.int32),
    )
    texture = np.tile((np.array(color) * 255).astype(np.uint8), (16, 16, 1))
    texture[:8] //= 2
    model = AssetModel(
        asset_id=asset_id,
        category="block",
        name=asset_id,
        description="a block",
        generator="block",
        params={},
        seed=0,
        size_m=(2 * half[0], 2 * half[1], 2 * half[2]),
        links=[
            Link(
                name="body",
                visuals=[Visual(mesh="body", material="paint")],
                colliders=[
                    Collider(name="c0", shape=BoxShape(half_extents=half), pose_link_shape=Pose.of((0, 0, half[2])))
                ],
                mass_model=MassModel(material="wood", volume_m3=8 * half[0] * half[1] * half[2]),
                physics_material="wood",
                inertial=Inertial(mass_kg=0.5, center_of_mass=(0, 0, half[2]), principal_moments=(1e-3, 1e-3, 1e-3)),
            )
        ],
        materials=[SurfaceMaterial(name="paint", base_color=color, texture="paint")],
        sim_role="manipulable_object",
        license=License(spdx="Apache-2.0", source="generated"),
    )
    return Asset(model, {"body": mesh}, {"paint": texture})


def write_scene(scene_dir: Path, prompt: str = "two blocks") -> Path:
    """Request, manifest of two blocks, certificate with one failing object and one failing joint."""
    scene_id = scene_dir.name
    SceneRequest(schema_version="v1", scene_id=scene_id, prompt=prompt).write(
        scene_dir / "prompts" / "scene_request.json"
    )
    objects = []
    for name, x, color in (("red_1", -0.1, (0.8, 0.1, 0.1)), ("blue_1", 0.1, (0.1, 0.2, 0.8))):
        asset = box_asset(f"block_{name}", (0.05, 0.05, 0.05), color)
        save_asset(asset, scene_dir / "assets" / asset.model.asset_id)
        objects.append(
            SceneObject(
                id=name,
                category="block",
                sim_role="manipulable_object",
                transform=Transform.of(Pose.of((x, 0, 0))),
                asset=AssetReference(asset_id=asset.model.asset_id, path=f"assets/{asset.model.asset_id}/asset.glb"),
            )
        )
    SceneManifest(
        version="1.0.0",
        scene_id=scene_id,
        scene=SceneFrame(),
        objects=objects,
        metadata={"unsatisfied": [{"requirement": "a green <b>block</b>", "reason": "no room"}]},
    ).write(scene_dir / "assets" / "scene_manifest.json")
    PhysicsCertificate(
        scene_id=scene_id,
        simulator="mujoco",
        simulator_version="4.0.0",
        thresholds=Thresholds(),
        subject={"usd/scene.usda": "0" * 64},
        summary=CertificateSummary(
            objects=2,
            free_objects=2,
            penetrations_over_limit=0,
            max_penetration_m=0.0002,
            stable_fraction=0.5,
            strictly_stable_fraction=0.5,
            joints=1,
            joints_passed=0,
        ),
        objects=[
            certified("red_1", drift_m=0.0001, stable=True),
            certified("blue_1", drift_m=0.05, stable=False),
        ],
        joints=[
            JointCertificate(
                object_id="red_1", joint="lid", lower=0, upper=1.5, reached_lower=0, reached_upper=0.4, passed=False
            )
        ],
        passed=False,
        problems=["blue_1 drifts 50 mm"],
    ).write(scene_dir / "usd" / "physics_certificate.json")
    return scene_dir


def certified(object_id: str, *, drift_m: float, stable: bool) -> ObjectCertificate:
    return ObjectCertificate(
        object_id=object_id,
        fixed=False,
        mass_kg=0.5,
        initial_penetration_m=0.0002,
        drift_m=drift_m,
        rotation_rad=0.0,
        stable=stable,
        strictly_stable=stable,
    )


def finish(scene_dir: Path) -> None:
    """Add gates, tasks, episodes, import, a marker with a fallback."""
    check = GateCheck(
        name="stable", passed=False, severity="ERROR", message="blue_1 <drifts>", measured=0.05, limit=0.01
    )
    issue(scene_dir, "usd_certified", "usd_assembled", [scene_dir / "usd" / "physics_certificate.json"], [check])
    TaskSet(
        scene_id=scene_dir.name,
        embodiment="panda",
        tasks=[],
        refused=[RefusedTask(task_id="x::stack::red_1", reason="no_grasp", detail="too wide")],
    ).write(scene_dir / "tasks" / "tasks.json")
    records = scene_dir / "episodes" / "records"
    write_record(records, 0)
    write_record(records, 1, success=False)
    import_episodes(scene_dir, lambda _: (True, "again"), limits=EpisodeLimits(cameras=CAMERAS))
    CompletionMarker(
        scene_id=scene_dir.name,
        stage="usd",
        timestamp="2026-01-01T00:00:00Z",
        duration_s=12.5,
        inputs={},
        settings_sha="",
        code_sha="",
        outputs={},
        fallbacks=["renderer: OSMesa, because EGL is missing"],
    ).write(scene_dir / "usd" / ".usd_assembly_complete")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    scene_dir = write_scene(tmp_path_factory.mktemp("scenes") / "kitchen_001")
    finish(scene_dir)
    build_report(scene_dir)
    return scene_dir


def page_of(scene_dir: Path) -> str:
    return (scene_dir / "report" / "index.html").read_text()


def test_the_page_loads_nothing_and_forbids_it(finished: Path):
    page = page_of(finished)
    assert "default-src 'none'" in page
    sources = re.findall(r'(?:src|href|poster)="([^"]{0,40})', page)
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "http://" not in re.sub(r"data:[^\"]+", "", page)
    assert "url(" not in re.sub(r"data:[^\"]+", "", page)


def test_every_section_shows_what_the_scene_folder_holds(finished: Path):
    page = page_of(finished)
    for words in (
        "two blocks",
        'Physics certificate: <span class="no">failed',
        "blue_1 drifts 50 mm",
        "blue_1 &lt;drifts&gt;",
        "a green &lt;b&gt;block&lt;/b&gt;",
        "no_grasp",
        "put the mug on the plate",
        "1 episode rejected",
        "grasp_missed",
        "OSMesa, because EGL is missing",
        "12.5",
        "Joint positions",
        "every episode",
        "variation_1",
    ):
        assert words in page, words
    assert page.count('<video src="data:video/mp4;base64,') == 2
    assert page.count('<tr class="fail"><td>blue_1') == 1
    assert page.count('<tr class="fail"><td>red_1/lid') == 1


def test_a_hostile_prompt_stays_text(tmp_path: Path):
    scene_dir = write_scene(tmp_path / "kitchen_001", prompt=HOSTILE)
    page = build_report(scene_dir).read_text()
    assert HOSTILE not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; {{ 7*7 }}" in page


def test_a_folder_with_nothing_in_it_still_has_a_report(tmp_path: Path):
    (tmp_path / "empty_1").mkdir()
    page = build_report(tmp_path / "empty_1").read_text()
    assert "not reached" in page
    assert "No stage has finished yet" in page
    with pytest.raises(InputError, match="not a folder"):
        build_report(tmp_path / "absent")


def test_a_broken_document_is_named_and_the_rest_is_shown(tmp_path: Path):
    scene_dir = write_scene(tmp_path / "kitchen_001")
    (scene_dir / "tasks").mkdir()
    (scene_dir / "tasks" / "tasks.json").write_text('{"scene_id": 3}')
    page = build_report(scene_dir).read_text()
    assert "tasks/tasks.json is not a valid TaskSet" in page
    assert "blue_1 drifts 50 mm" in page
    assert str(tmp_path) not in page


def test_an_asset_that_cannot_be_read_is_left_out_of_the_view_and_said(tmp_path: Path):
    scene_dir = write_scene(tmp_path / "kitchen_001")
    (scene_dir / "assets" / "block_blue_1" / "source" / "meshes.npz").write_bytes(b"PK")
    page = build_report(scene_dir).read_text()
    assert "Not shown:" in page
    data = json.loads(re.search(r'id="scene-data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert [item["id"] for item in data["objects"]] == ["red_1"]


@pytest.mark.slow
def test_the_same_folder_gives_the_same_page(finished: Path):
    before = page_of(finished)
    build_report(finished)
    assert page_of(finished) == before


@pytest.mark.slow
def test_chromium_draws_the_scene_and_meets_no_script_error(finished: Path, tmp_path: Path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    probe = 'addEventListener("error", (e) => { document.documentElement.dataset.failure = e.message; });'
    probe = f"<script>{probe}</script>"
    page = tmp_path / "probe.html"
    # Made-up pointers cannot be captured; the rest of the click is as a user's.
    click = """<script>{
      const canvas = document.querySelector("#stage canvas"), box = canvas.getBoundingClientRect();
      canvas.setPointerCapture = () => {};
      const at = { pointerId: 1, clientX: box.left + box.width * 0.35, clientY: box.top + box.height * 0.5 };
      canvas.dispatchEvent(new PointerEvent("pointerdown", at));
      canvas.dispatchEvent(new PointerEvent("pointerup", at));
      document.documentElement.dataset.chosen = document.querySelector('[aria-pressed="true"]')?.textContent ?? "";
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: 10 }));
    }</script>"""
    page.write_text(page_of(finished).replace("<style>", probe + "<style>", 1).replace("</body>", click + "</body>"))
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-unsafe-swiftshader",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=5000",
        "--window-size=1200,900",
    ]
    done = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120)
    dom = re.sub(r"data:[^\"]+", "", done.stdout)
    assert "data-failure" not in dom
    assert 'data-state="drawn"' in dom
    assert 'data-chosen="red_1"' in dom
    assert '<button title="block" aria-pressed="false">blue_1</button>' in dom
    assert "<title>kitchen_001" in dom

    shot = tmp_path / "shot.png"
    subprocess.run([*command, f"--screenshot={shot}", page.as_uri()], capture_output=True, timeout=120)
    from PIL import Image

    pixels = np.asarray(Image.open(shot).convert("RGB")).astype(int)
    red = (pixels[..., 0] > 100) & (pixels[..., 1] < 70) & (pixels[..., 2] < 70)
    blue = (pixels[..., 2] > 100) & (pixels[..., 0] < 70) & (pixels[..., 1] < 100)
    assert red.sum() > 500
    assert blue.sum() > 500


def test_a_reconstruction_shows_its_scale_its_meshes_and_what_was_left_out(tmp_path):
    for name, document in (
        (layout.SCENE_SCALE, "scene_scale"),
        (layout.MESH_REPORT, "mesh_batch_report"),
        (layout.INTERACTIVE_SUMMARY, "interactive_summary"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(EXAMPLES[document]))
    page = build_report(tmp_path).read_text()
    assert "0.7 m per unit, from class priors (2 samples, spread 5 %)" in page
    assert "9000 → 8000" in page
    assert "9 of 12" in page
    assert "1 of 2 prepared" in page
    assert "heuristic" in page

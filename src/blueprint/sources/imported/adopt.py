"""From an imported scene to a settled one in a scene folder: written, parted, settled, its documents renewed."""

import shutil
from dataclasses import replace
from pathlib import Path

from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.sources.imported.scene import ImportedScene, write_imported
from blueprint.sources.imported.separate import separate
from blueprint.sources.imported.shorten import shorten_blocked_joints
from blueprint.sources.settled import SettledScene, adopt_settled_scene, list_unmet
from blueprint.sources.text.documents import scene_layout
from blueprint.storage import layout

__all__ = ["adopt_imported", "write_relaxed"]


def adopt_imported(scene: ImportedScene, scene_dir: Path) -> SettledScene:
    """Write a foreign scene into `scene_dir`, relaxed and settled, and list what it does not meet of its spec.

    Raises what `write_imported` and settling raise.
    """
    draft = scene_dir / ".imported.part"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        write_relaxed(scene, scene_dir.name, draft)
        settled = adopt_settled_scene(draft, scene_dir)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if "spec" in settled.manifest.metadata:
        list_unmet(scene_dir)
    done = load_scene(scene_dir)
    document = scene_layout(done.manifest, done.assets)
    made_from = {"source": scene.extra.get("source", "text"), "backend": scene.source}
    document.model_copy(update={"metadata": made_from}).write(scene_dir / layout.LAYOUT_SCALED)
    return replace(settled, manifest=done.manifest)


def write_relaxed(scene: ImportedScene, scene_id: str, folder: Path) -> None:
    """Write a foreign scene into `folder` and part what overlaps; `metadata.relaxation` says what was moved.

    In a scene that somebody saw, what stands before a door or drawer bounds its range (`metadata.joints_bounded`).
    `left_alone` are the things that relaxing would have moved too far, `unsavable` those that could not be parted from
    something; both with the reason. Settling then judges them as it judges everything.
    """
    write_imported(scene, scene_id, folder)
    separation = separate(folder)
    manifest = SceneManifest.read(folder / layout.SCENE_MANIFEST)
    moved = {name: shift for name, shift in sorted(separation.shifts_m.items()) if shift > 0.001}
    record = {
        "moved_over_1_mm": moved,
        "left_alone": dict(sorted(separation.kept.items())),
        "unsavable": separation.unsavable,
        "deepest_before_m": separation.depth_before_m,
        "deepest_after_m": separation.depth_after_m,
    }
    metadata = manifest.metadata | {"relaxation": record}
    if scene.extra.get("source") == "image":
        metadata |= {"joints_bounded": shorten_blocked_joints(folder)}
        manifest = SceneManifest.read(folder / layout.SCENE_MANIFEST)
    manifest.model_copy(update={"metadata": metadata}).write(folder / layout.SCENE_MANIFEST)

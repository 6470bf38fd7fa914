"""What is evaluated: a scene folder of ours, or of somebody else through a reader that makes one of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mujoco

from blueprint.certify.certificate import delivered_files, subject_of
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.house import HousePlan, house_of
from blueprint.contracts.scene import Scene, load_scene
from blueprint.mjcf.usd_loader import load_usd
from blueprint.sources.text.spec import SceneSpec
from blueprint.storage import layout

__all__ = ["Reader", "Subject", "read_subject", "spec_of"]

OWN = "blueprint"


@dataclass(frozen=True)
class Reader:
    """How folders of another generator become scene folders of ours.

    `recognises(folder)` looks at names only; `convert(folder, work_dir)` writes a scene folder (manifest, assets and
    `usd/scene.usda`) below `work_dir` and returns it.
    """

    name: str
    recognises: Callable[[Path], bool]
    convert: Callable[[Path, Path], Path]


@dataclass(frozen=True)
class Subject:
    """A scene as it was delivered. `house` and `spec` are None where the manifest has none."""

    scene_dir: Path
    source: str
    scene: Scene
    model: mujoco.MjModel
    house: HousePlan | None
    spec: SceneSpec | None
    subject: dict[str, str]

    @property
    def package_sha256(self) -> str:
        """One hash over every delivered file and its name."""
        return sha256_json(self.subject)


def read_subject(scene_dir: Path, source: str = OWN) -> Subject:
    """Read the scene and load its stage; raises InputError where a file is missing, ContractError where one is
    invalid."""
    stage = scene_dir / layout.USD_SCENE
    scene = load_scene(scene_dir)
    if not stage.is_file():
        raise InputError(f"{scene_dir} has no {layout.USD_SCENE}.", remedy="run stage usd first.")
    model = load_usd(stage).compile()
    subject = subject_of(scene_dir, delivered_files(scene_dir))
    return Subject(scene_dir, source, scene, model, house_of(scene.manifest), spec_of(scene), subject)


def spec_of(scene: Scene) -> SceneSpec | None:
    """Return what the prompt asked for, where the manifest says it; raises ContractError where that is invalid."""
    metadata = scene.manifest.metadata
    if not isinstance(metadata.get("spec"), dict):
        return None
    text = json.dumps({"prompt": str(metadata.get("prompt", "")), **metadata["spec"]})
    return SceneSpec.parse(text, where=f"scene {scene.scene_id}: metadata.spec")

"""Writing an EnvHub package: the scene as it is, `env.py`, a configuration for LeRobot's own command, and a card."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from blueprint.contracts.asset import License
from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.task import TaskSet
from blueprint.robots.embodiment import Embodiment, load_embodiment
from blueprint.sim.mujoco_simulator import CONTROL_RATE_HZ
from blueprint.storage import layout

__all__ = ["EnvHubPackage", "write_envhub"]

_SCENE_FILES = ("assets/**/*", "usd/*", layout.TASKS, "variation_assets/**/*", "prompts/scene_request.json")
_LEFT_OUT = (".glb",)  # pictures of assets for people; the stage has what is simulated and drawn
_DEFAULT_SIZE = (320, 240)


@dataclass(frozen=True)
class EnvHubPackage:
    """A written package: where, of which scene, with how many tasks, variations and bytes."""

    folder: str
    scene_id: str
    tasks: int
    variations: int
    files: int
    size_bytes: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def as_text(self) -> str:
        return (
            f"package  {self.folder}\n"
            f"scene    {self.scene_id}: {self.tasks} tasks, {self.variations} variations\n"
            f"files    {self.files}, {self.size_bytes / 1e6:.1f} MB"
        )


def write_envhub(scene_dir: Path, out: Path, repo_id: str | None = None) -> EnvHubPackage:
    """Write the package of a scene folder that has tasks, and return what is in it.

    `repo_id` (user/name) is where it will be published: there, `env.py` fetches the scene where it came alone. Pictures
    have the size of the scene's demonstrations, or 320 × 240 where there are none. Raises InputError for a folder that
    is no scene or has no tasks, and for an `out` that is not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not an empty folder.", remedy="name a new one.")
    scene, tasks = load_scene(scene_dir), TaskSet.read(scene_dir / layout.TASKS)
    if not tasks.tasks:
        raise InputError(f"scene {scene.scene_id} has no tasks.", remedy="run stage tasks, or another robot.")
    facts = _facts(scene_dir, scene, tasks, repo_id)
    for source in _scene_files(scene_dir):
        target = out / "scene" / source.relative_to(scene_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    texts = {
        "env.py": "env.py.j2",
        "blueprint_env/__init__.py": "lerobot_config.py.j2",
        "README.md": "README.md.j2",
    }
    for name, template in texts.items():
        write_atomically(out / name, _render(template, facts).encode())
    write_atomically(out / "requirements.txt", _requirements().encode())
    files = [path for path in out.rglob("*") if path.is_file()]
    return EnvHubPackage(
        folder=str(out),
        scene_id=scene.scene_id,
        tasks=len(tasks.tasks),
        variations=facts["variations"],  # type: ignore[arg-type]
        files=len(files),
        size_bytes=sum(path.stat().st_size for path in files),
    )


def _facts(scene_dir: Path, scene: Scene, tasks: TaskSet, repo_id: str | None) -> dict[str, object]:
    embodiment = load_embodiment(tasks.embodiment)
    width_px, height_px = _picture_size(scene_dir)
    request = scene_dir / layout.SCENE_REQUEST
    prompt = SceneRequest.read(request).prompt if request.exists() else None
    licenses = _licenses(scene, embodiment)
    return {
        "scene_id": scene.scene_id,
        "version": version("blueprint-pipeline"),
        "repo_id": json.dumps(repo_id) if repo_id else "None",
        "repo_id_or_example": json.dumps(repo_id or "user/name"),
        "prompt": " ".join(prompt.split()) if prompt else None,
        "embodiment": embodiment.name,
        "fps": CONTROL_RATE_HZ,
        "cameras": embodiment.camera_names,
        "width_px": width_px,
        "height_px": height_px,
        "action_size": len(embodiment.action_names),
        "state_size": len(embodiment.state_names),
        "tasks": tasks.tasks,
        "first_task": json.dumps(tasks.tasks[0].task_id),
        "variations": max(1, len(list((scene_dir / layout.VARIATIONS).glob("*.json")))),
        "license": json.dumps(licenses[0].spdx.lower() if len({item.spdx for item in licenses}) == 1 else "other"),
        "licenses": [f"{item.spdx}: {item.attribution or item.source}" for item in licenses],
    }


def _picture_size(scene_dir: Path) -> tuple[int, int]:
    """Return width and height, px, of the demonstrations' pictures: a policy that was trained on them expects those."""
    for path in sorted((scene_dir / layout.EPISODE_RECORDS).glob("*/record.json")):
        videos = EpisodeRecord.read(path).videos
        if videos:
            return videos[0].width_px, videos[0].height_px
    return _DEFAULT_SIZE


def _licenses(scene: Scene, embodiment: Embodiment) -> list[License]:
    robot = License(spdx=embodiment.license, source=embodiment.source)
    found = {item.model_dump_json(): item for item in [robot, *(asset.license for asset in scene.assets.values())]}
    return [found[key] for key in sorted(found)]


def _scene_files(scene_dir: Path) -> Iterator[Path]:
    """Yield what the environment needs of a scene; no links, no markers."""
    for pattern in _SCENE_FILES:
        for path in sorted(scene_dir.glob(pattern)):
            is_hidden = path.name.startswith(".") or path.suffix in _LEFT_OUT
            if path.is_file() and not path.is_symlink() and not is_hidden:
                yield path


def _requirements() -> str:
    return f"blueprint-pipeline=={version('blueprint-pipeline')}\ngymnasium>=1.1.1,<2\n"


def _render(template: str, facts: dict[str, object]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("blueprint.export.envhub", "templates"),
        autoescape=False,  # Python and Markdown; what enters Python is JSON
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(facts)

"""Compiled worlds and their renderers, kept per process: episodes of one variation share them."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.frames import Pose
from blueprint.contracts.hashing import sha256_file, sha256_json
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import RenderSettings
from blueprint.robots import load_embodiment
from blueprint.sim.renderer import Renderer, open_renderer
from blueprint.sim.world import STAGE, World, build_world

__all__ = ["WorldCache", "process_worlds"]

_KEPT = 2  # a compiled world with its uploaded textures takes 50 to 200 MB


@dataclass
class _Entry:
    world: World
    renderer: Renderer | None = None
    settings: tuple[object, ...] = ()


class WorldCache:
    """The few worlds used last. A renderer belongs to its world and is closed with it."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._scenes: dict[tuple[Path, str], Scene] = {}

    def world(self, scene_dir: Path, task: TaskSpec, variation: Variation | None) -> World:
        """Return the world of a task in a variation; raises what `build_world` raises."""
        return self._entry(scene_dir, task.embodiment, task.pose_world_base, variation).world

    def renderer(
        self, scene_dir: Path, task: TaskSpec, variation: Variation | None, settings: RenderSettings
    ) -> Renderer:
        """Return a renderer of that world, opened on first use."""
        entry = self._entry(scene_dir, task.embodiment, task.pose_world_base, variation)
        wanted = (settings.renderer, settings.width_px, settings.height_px, settings.supersample)
        if entry.renderer is None or entry.settings != wanted:
            if entry.renderer is not None:
                entry.renderer.close()
            kind, width, height, supersample = wanted
            entry.renderer = open_renderer(entry.world.model, kind, width, height, supersample=supersample)
            entry.settings = wanted
        return entry.renderer

    def close(self) -> None:
        """Close every renderer and forget every world."""
        while self._entries:
            _close(self._entries.popitem()[1])
        self._scenes.clear()

    def _entry(self, scene_dir: Path, robot: str, base: Pose, variation: Variation | None) -> _Entry:
        scene_dir = scene_dir.resolve()
        stage = sha256_file(scene_dir / STAGE) if (scene_dir / STAGE).is_file() else ""
        key = sha256_json(
            [
                str(scene_dir),
                stage,
                robot,
                base.model_dump(mode="json"),
                variation.model_dump(mode="json") if variation else None,
            ]
        )
        if key not in self._entries:
            if (scene_dir, stage) not in self._scenes:
                self._scenes[scene_dir, stage] = load_scene(scene_dir)
            scene = self._scenes[scene_dir, stage]
            world = build_world(scene, scene_dir, load_embodiment(robot), base, variation)
            self._entries[key] = _Entry(world)
        self._entries.move_to_end(key)
        while len(self._entries) > self._kept:
            _close(self._entries.popitem(last=False)[1])
        return self._entries[key]


def _close(entry: _Entry) -> None:
    if entry.renderer is not None:
        entry.renderer.close()


_CACHE = WorldCache()


def process_worlds() -> WorldCache:
    """Return this process's cache."""
    return _CACHE

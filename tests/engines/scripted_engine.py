"""An engine that answers at once with what a script says, and scenes for it: the batch's own decisions, no physics."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from blueprint.engines.batch_plan import BatchPlan
from blueprint.engines.scene_jobs import EpisodesOrder, FinishedScene, PreparedScene, SceneOrder
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.shared_scene import SceneVersion

SHA = "0" * 64


class ScriptedEngine:
    """`script[scene id, job]` is a list of what its next attempts raise; after them a job succeeds.

    `log` is what was submitted, in order: (scene id, job, episode numbers).
    """

    name = "scripted"

    def __init__(self, slots: int = 2, episodes: int = 4, has_dataset: bool = False) -> None:
        self.slots = slots
        self.episodes = episodes
        self.has_dataset = has_dataset
        self.script: dict[tuple[str, str], list[BaseException]] = defaultdict(list)
        self.log: list[tuple[str, str, tuple[int, ...]]] = []
        self.most_begun = 0
        self._begun: set[str] = set()

    def submit(self, work: Callable[[Any], Any], job: Any) -> Future[Any]:
        future: Future[Any] = Future()
        kind = work.__name__.split("_")[0]
        scene_id = job.version.scene_id if isinstance(job, EpisodesOrder) else job.scene_id
        self.log.append((scene_id, kind, job.numbers if isinstance(job, EpisodesOrder) else ()))
        self._begun.add(scene_id)
        self.most_begun = max(self.most_begun, len(self._begun))
        if self.script[scene_id, kind]:
            future.set_exception(self.script[scene_id, kind].pop(0))
            return future
        if kind == "prepare":
            version = SceneVersion("root", scene_id, SHA, SHA)
            future.set_result(PreparedScene(version, tuple(range(self.episodes)), unchanged=False))
        elif kind == "make":
            future.set_result(len(job.numbers))
        else:
            self._begun.discard(scene_id)
            future.set_result(FinishedScene(False, self.episodes, self.episodes, self.episodes, self.has_dataset, SHA))
        return future

    def kinds_of(self, scene_id: str) -> list[str]:
        return [kind for name, kind, _ in self.log if name == scene_id]


def plan_of(root: str, *scene_ids: str) -> BatchPlan:
    settings = RunSettings(robot="primitive_arm", renderer="egl")
    orders = tuple(SceneOrder(root, name, "a mug on a table", settings, "host:1") for name in scene_ids)
    return BatchPlan("some", root, orders)

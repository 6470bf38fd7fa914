"""What a batch leaves below the root: its report, its dead letters and the dataset merged of its scenes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from blueprint.contracts.batch_report import BatchDataset, BatchReport
from blueprint.contracts.dead_letter import DeadLetter, DeadLetterQueue
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes, sha256_file, sha256_json
from blueprint.datasets.merge import merge_datasets
from blueprint.engines.batch_plan import batch_key
from blueprint.engines.scene_state import SceneState
from blueprint.pipeline.shared_scene import fetch_below
from blueprint.storage import layout, mirror
from blueprint.storage.cache import cache_root
from blueprint.storage.store import open_store

__all__ = ["BatchRecord"]

REPORT = "batch_report.json"
DEAD_LETTERS = "dead_letter_queue.json"
_DATASETS = "lerobot"


class BatchRecord:
    """The files of one batch. Each is replaced as a whole, so that a kill leaves the last state that was true."""

    def __init__(self, root: str, batch_id: str, engine: str) -> None:
        self.lost_workers = 0
        self._root = root
        self._batch_id = batch_id
        self._engine = engine
        self._store = open_store(root)
        self._letters = {letter.scene_id: letter for letter in self._read_letters().messages}
        self._datasets: list[BatchDataset] = []
        self._problem: str | None = None

    def keep(self, scenes: Sequence[SceneState]) -> BatchReport:
        """Write the report of the scenes' present states, and the dead letters of those that succeeded as resolved."""
        for scene in scenes:
            letter = self._letters.get(scene.order.scene_id)
            if scene.status == "success" and letter is not None and letter.status != "resolved":
                self._letters[letter.scene_id] = letter.model_copy(update={"status": "resolved"})
                self._write_letters()
        reports = [scene.report() for scene in scenes]
        count = Counter(item.status for item in reports)
        skipped = sum(item.skipped for item in reports)
        report = BatchReport(
            batch_id=self._batch_id,
            engine=self._engine,
            total=len(reports),
            success=count["success"] - skipped,
            skipped=skipped,
            failed=count["failed"],
            cancelled=count["cancelled"],
            running=count["running"],
            lost_workers=self.lost_workers,
            scene_reports=reports,
            failures=[failure for scene in scenes if (failure := scene.failure()) is not None],
            datasets=self._datasets,
            dataset_problem=self._problem,
        )
        self._store.write(batch_key(self._batch_id, REPORT), report.to_json().encode())
        return report

    def bury(self, letter: DeadLetter) -> None:
        """Add a dead letter; one of the same scene from an earlier run counts on."""
        before = self._letters.get(letter.scene_id)
        if before is not None and before.status != "resolved":
            counted = before.attempt_count + letter.attempt_count
            update = {"attempt_count": counted, "first_failure_time": before.first_failure_time}
            letter = letter.model_copy(update=update)
        self._letters[letter.scene_id] = letter
        self._write_letters()

    def merge(self, scenes: Sequence[SceneState]) -> BatchReport:
        """Merge the datasets of the scenes that succeeded, one for each robot, and write the report with them."""
        done = [scene for scene in scenes if scene.finished is not None and scene.finished.has_dataset]
        by_robot: dict[str, list[SceneState]] = {}
        for scene in done:
            by_robot.setdefault(scene.order.settings.robot, []).append(scene)
        self._datasets = []
        for robot, group in sorted(by_robot.items()):
            try:
                self._datasets.append(self._merge(robot, group))
            except InputError as error:  # shards that do not fit together: each scene's own dataset is there
                self._problem = f"{robot}: {error}"
        return self.keep(scenes)

    def _merge(self, robot: str, group: Sequence[SceneState]) -> BatchDataset:
        key = batch_key(self._batch_id, f"{_DATASETS}/{robot}")
        shards = [self._local(layout.scene_key(scene.order.scene_id, layout.LEROBOT_V3)) for scene in group]
        out = self._local_place(key)
        repo_id = f"blueprint/{self._batch_id}_{robot}"
        summary = merge_datasets(shards, out, repo_id=repo_id, overwrite=True)
        if self._is_remote:
            self._publish(out, key + "/")
        return BatchDataset(
            robot=robot,
            path=key,
            scenes=len(group),
            episodes=summary.episodes,
            frames=summary.frames,
            sha256=_folder_sha256(out),
        )

    def _publish(self, folder: Path, prefix: str) -> None:
        """Upload a dataset, and delete what an earlier one of this batch had that this one has not."""
        mirror.upload(self._store, folder, prefix)
        for entry in self._store.list(prefix):
            if not (folder / entry.key.removeprefix(prefix)).is_file():
                self._store.delete(entry.key)

    @property
    def _is_remote(self) -> bool:
        return "://" in self._root and not self._root.startswith("file://")

    def _local_place(self, key: str) -> Path:
        if self._is_remote:
            return cache_root() / "batches" / sha256_bytes(self._store.url.encode())[:16] / key
        return Path(self._root.removeprefix("file://")) / key

    def _local(self, key: str) -> Path:
        folder = self._local_place(key)
        if self._is_remote:
            fetch_below(self._store, key + "/", self._local_place(""))
        return folder

    def _read_letters(self) -> DeadLetterQueue:
        key = batch_key(self._batch_id, DEAD_LETTERS)
        if not self._store.exists(key):
            return DeadLetterQueue()
        return DeadLetterQueue.parse(self._store.read(key), where=key)

    def _write_letters(self) -> None:
        queue = DeadLetterQueue(messages=[self._letters[name] for name in sorted(self._letters)])
        self._store.write(batch_key(self._batch_id, DEAD_LETTERS), queue.to_json().encode())


def _folder_sha256(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return sha256_json({path.relative_to(folder).as_posix(): sha256_file(path) for path in files})

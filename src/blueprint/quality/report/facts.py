"""What a scene folder holds, read for the report: every document may be missing, and a broken one is named."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from blueprint.contracts.ablation import Ablation, Curriculum
from blueprint.contracts.articulation import InteractiveSummary
from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.document import Document
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.contracts.markers import Checkpoint, CompletionMarker, FailureMarker
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.contracts.quality_gate import GateCertificate
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.scene_scale import SceneScale
from blueprint.contracts.task import TaskSet
from blueprint.contracts.training import TrainingSummary
from blueprint.quality.certificate import CERTIFICATE
from blueprint.storage import layout

__all__ = ["RunFacts", "StageTime", "read_facts"]

AnyDocument = TypeVar("AnyDocument", bound=Document)
_MAX_JSON_BYTES = 32 << 20


@dataclass(frozen=True)
class StageTime:
    stage: str
    duration_s: float | None
    finished_at: str
    status: str


@dataclass(frozen=True)
class RunFacts:
    """`problems` lists documents that are there and cannot be read; `requirements` the measured prompt."""

    scene_dir: Path
    scene_id: str
    request: SceneRequest | None = None
    scene: Scene | None = None
    scale: SceneScale | None = None
    meshes: MeshBatchReport | None = None
    interactive: InteractiveSummary | None = None
    certificate: PhysicsCertificate | None = None
    gates: list[GateCertificate] = field(default_factory=list)
    tasks: TaskSet | None = None
    records: list[EpisodeRecord] = field(default_factory=list)
    certificates: dict[str, QualityCertificate] = field(default_factory=dict)
    imported: ImportManifest | None = None
    datasets: list[tuple[str, DatasetMetadata]] = field(default_factory=list)
    training: TrainingSummary | None = None
    ablation: Ablation | None = None
    curriculum: Curriculum | None = None
    stages: list[StageTime] = field(default_factory=list)
    failures: list[FailureMarker] = field(default_factory=list)
    fallbacks: list[tuple[str, str]] = field(default_factory=list)
    requirements: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def unsatisfied(self) -> list[Any]:
        """What of the prompt could not be met, as the manifest's metadata says."""
        listed = self.scene.manifest.metadata.get("unsatisfied", []) if self.scene else []
        return listed if isinstance(listed, list) else [listed]

    @property
    def skipped(self) -> dict[str, str]:
        """What of a reconstruction is not in the scene, with the reason."""
        listed = self.scene.manifest.metadata.get("skipped", {}) if self.scene else {}
        return dict(listed) if isinstance(listed, dict) else {}


def read_facts(scene_dir: Path) -> RunFacts:
    """Read everything that is there; raises InputError only if the folder itself is not."""
    if not scene_dir.is_dir():
        raise InputError(f"{scene_dir} is not a folder.", remedy="give the folder of a scene, or run one first.")
    reader = _Reader(scene_dir)
    scene: Scene | None = None
    if (scene_dir / layout.SCENE_MANIFEST).is_file():
        try:
            scene = load_scene(scene_dir)
        except InputError as error:
            reader.note(error)
    records = reader.all(EpisodeRecord, scene_dir.glob(f"{layout.EPISODE_RECORDS}/*/record.json"))
    certificates = reader.all(QualityCertificate, scene_dir.glob(f"{layout.EPISODE_RECORDS}/*/{CERTIFICATE}"))
    markers = reader.all(CompletionMarker, _markers(scene_dir))
    datasets = [
        (name, document)
        for name in (layout.LEROBOT_V3, layout.LEROBOT_V21)
        if (document := reader.one(DatasetMetadata, f"{name}/meta/blueprint.json")) is not None
    ]
    fallbacks = sorted({(marker.stage, text) for marker in markers for text in marker.fallbacks})
    return RunFacts(
        scene_dir=scene_dir,
        scene_id=scene.scene_id if scene else scene_dir.resolve().name,
        request=reader.one(SceneRequest, layout.SCENE_REQUEST),
        scene=scene,
        scale=reader.one(SceneScale, layout.SCENE_SCALE),
        meshes=reader.one(MeshBatchReport, layout.MESH_REPORT),
        interactive=reader.one(InteractiveSummary, layout.INTERACTIVE_SUMMARY),
        certificate=reader.one(PhysicsCertificate, layout.PHYSICS_CERTIFICATE),
        gates=reader.all(GateCertificate, scene_dir.glob(f"{layout.GATES}/*.json")),
        tasks=reader.one(TaskSet, layout.TASKS),
        records=records,
        certificates={item.episode_id: item for item in certificates},
        imported=reader.one(ImportManifest, layout.IMPORT_MANIFEST),
        datasets=datasets,
        training=reader.one(TrainingSummary, layout.TRAINING_SUMMARY),
        ablation=reader.one(Ablation, layout.ABLATION),
        curriculum=reader.one(Curriculum, layout.CURRICULUM),
        stages=_stages(markers, reader.all(Checkpoint, scene_dir.glob(f"{layout.CHECKPOINTS}/*.json"))),
        failures=reader.all(FailureMarker, scene_dir.glob("*/.failed")),
        fallbacks=fallbacks,
        requirements=_requirements(scene_dir),
        problems=reader.problems,
    )


class _Reader:
    """Reads documents below one folder and keeps a list of those that it could not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []

    def note(self, error: InputError) -> None:
        self.problems.append(str(error).replace(f"{self.root}/", ""))

    def one(self, kind: type[AnyDocument], name: str) -> AnyDocument | None:
        path = self.root / name
        return next(iter(self.all(kind, [path])), None) if path.is_file() else None

    def all(self, kind: type[AnyDocument], paths: Any) -> list[AnyDocument]:
        documents = []
        for path in sorted(paths):
            if not path.resolve().is_relative_to(self.root.resolve()):
                self.problems.append(f"{path.relative_to(self.root)} is a link out of the scene folder.")
                continue
            try:
                documents.append(kind.read(path))
            except InputError as error:
                self.note(error)
        return documents


def _markers(scene_dir: Path) -> list[Path]:
    """One marker per stage: the first of its names that is there."""
    found = []
    for names in layout.STAGE_MARKERS.values():
        present = [scene_dir / name for name in names if (scene_dir / name).is_file()]
        found += present[:1]
    return found


def _stages(markers: Sequence[CompletionMarker], checkpoints: Sequence[Checkpoint]) -> list[StageTime]:
    times = {item.stage: StageTime(item.stage, item.duration_s, item.timestamp, "completed") for item in markers}
    for item in checkpoints:
        if item.step not in times:
            times[item.step] = StageTime(item.step, None, item.completed_at, item.status)
    return sorted(times.values(), key=lambda item: (item.finished_at, item.stage))


def _requirements(scene_dir: Path) -> list[dict[str, Any]]:
    """Return the checks of a measured comparison with the prompt, if the source left one in `textgen/`."""
    for path in sorted(scene_dir.glob("textgen/*.json")):
        if path.stat().st_size > _MAX_JSON_BYTES:
            continue
        try:
            value = json.loads(path.read_bytes())
        except ValueError:
            continue  # the text source's own documents are not this report's to judge
        checks = value.get("checks") if isinstance(value, dict) else None
        if isinstance(checks, list) and checks and all(isinstance(c, dict) and "subject" in c for c in checks):
            return checks
    return []

"""The LeRobot datasets of an import: v2.1 and v3.0 of every group of episodes that fit together."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.hashing import sha256_json
from blueprint.datasets.agibot import AGIBOT_V3, AGIBOT_V21, CONTROL_MODE, FOREIGN_V3, FOREIGN_V21
from blueprint.datasets.description import DatasetSummary, Provenance
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.datasets.lerobot_v21 import write_lerobot_v21
from blueprint.datasets.profile import RECORDS, DatasetProfile
from blueprint.quality.geniesim.convert import EMBODIMENTS
from blueprint.quality.geniesim.importer import ImportedEpisode
from blueprint.quality.geniesim.local_recording import LOCAL_EMBODIMENT

__all__ = ["write_datasets"]


def write_datasets(
    scene_id: str, out: Path, accepted: Sequence[ImportedEpisode], source: str
) -> tuple[dict[str, DatasetSummary], list[str]]:
    """Write `lerobot/` and `lerobot_v21/`, and numbered ones for episodes that do not fit in one dataset with them."""
    for path in out.glob("lerobot*"):
        if path.is_dir():
            shutil.rmtree(path)
    groups: dict[str, list[Path]] = {}
    robots: dict[str, str] = {}
    for item in accepted:
        if item.record_dir is None:
            continue
        record = EpisodeRecord.read(item.record_dir / "record.json")
        key = sha256_json(
            {
                "robot": record.embodiment,
                "fps": record.fps,
                "names": [record.state_names, record.action_names],
                "videos": sorted([video.camera, video.width_px, video.height_px] for video in record.videos),
            }
        )
        groups.setdefault(key, []).append(item.record_dir)
        robots[key] = record.embodiment
    summaries: dict[str, DatasetSummary] = {}
    for number, (key, folders) in enumerate(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))):
        suffix = f"_{number + 1}" if number else ""
        v21, v3, control = _profiles(robots[key])
        provenance = Provenance(facts={"scene_id": scene_id, "source": source}, control_mode=control)
        repo_id = f"blueprint/{scene_id}"
        name = f"lerobot_v21{suffix}"
        summaries[name] = write_lerobot_v21(folders, out / name, repo_id=repo_id, provenance=provenance, profile=v21)
        name = f"lerobot{suffix}"
        summaries[name] = write_lerobot_v3(folders, out / name, repo_id=repo_id, provenance=provenance, profile=v3)
    return dict(sorted(summaries.items())), sorted(set(robots.values()))


def _profiles(robot: str) -> tuple[DatasetProfile, DatasetProfile, str]:
    """Return the profiles of v2.1 and v3.0 and the control mode of a robot's episodes."""
    if robot in EMBODIMENTS.values():
        return AGIBOT_V21, AGIBOT_V3, CONTROL_MODE
    if robot == LOCAL_EMBODIMENT:
        return FOREIGN_V21, FOREIGN_V3, "as recorded"
    return RECORDS, RECORDS, Provenance().control_mode

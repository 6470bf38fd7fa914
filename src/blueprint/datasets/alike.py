"""Whether datasets can become one: same robot, rate, cameras, columns and meaning, and no episode twice."""

from collections.abc import Sequence

from blueprint.contracts.errors import InputError
from blueprint.datasets.shard import Shard

__all__ = ["check_alike"]


def check_alike(shards: Sequence[Shard]) -> None:
    """Raise InputError that names what differs, or the episode that is there twice."""
    first = shards[0]
    wanted = _signature(first)
    for shard in shards[1:]:
        other = _signature(shard)
        for name in sorted(name for name in wanted.keys() | other.keys() if wanted.get(name) != other.get(name)):
            raise InputError(
                f"datasets {first.path} and {shard.path} differ in {name}: "
                f"{str(wanted.get(name))[:300]} and {str(other.get(name))[:300]}.",
                remedy="merge datasets of one robot, rate, set of cameras and release of this program.",
            )
    seen: dict[tuple[str, str], Shard] = {}
    for shard in shards:
        for episode in shard.metadata.episodes:
            key = episode.scene_id, episode.episode_id
            if key in seen:
                raise InputError(
                    f"episode {episode.episode_id} of scene {episode.scene_id} is in {seen[key].path} and again in "
                    f"{shard.path}.",
                    remedy="name every dataset once.",
                )
            seen[key] = shard


def _signature(shard: Shard) -> dict[str, object]:
    schema = shard.episodes.schema
    return {
        "fps": shard.info.fps,
        "robot_type": shard.info.robot_type,
        "control_mode": shard.metadata.control_mode,
        "time_alignment": shard.metadata.time_alignment,
        "columns": shard.metadata.columns,
        "meta/episodes": sorted((name, str(schema.field(name).type)) for name in schema.names),
        **{f"feature {name}": feature.model_dump() for name, feature in shard.info.features.items()},
    }

"""The account of a conversion: what came in, what went out, and what was left out with which reason."""

from collections.abc import Sequence

from blueprint.contracts.dataset_conversion import (
    ConversionKind,
    ConversionOutput,
    ConversionSource,
    DatasetConversion,
    LeftOutEpisode,
)
from blueprint.datasets.shard import Shard

__all__ = ["account"]


def account(
    kind: ConversionKind,
    shards: Sequence[Shard],
    outputs: Sequence[ConversionOutput],
    *,
    left_out: Sequence[LeftOutEpisode] = (),
    approximations: Sequence[str] = (),
    dropped_files: Sequence[str] = (),
) -> DatasetConversion:
    """Return the account; the document itself refuses one in which an episode is lost or counted twice."""
    return DatasetConversion(
        kind=kind,
        sources=[
            ConversionSource(repo_id=shard.metadata.repo_id, metadata_sha256=shard.metadata_sha256, episodes=len(shard))
            for shard in shards
        ],
        outputs=list(outputs),
        left_out=list(left_out),
        approximations=list(approximations),
        dropped_files=list(dropped_files),
        earlier=[shard.conversion for shard in shards if shard.conversion is not None],
    )

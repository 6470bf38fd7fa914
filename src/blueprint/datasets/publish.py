"""A folder that can be pushed to the Hugging Face Hub as it is: checked, licensed, with a card and checksums."""

import json
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from blueprint.contracts.asset import License
from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import ConversionOutput
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import GateError, InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.datasets.account import account
from blueprint.datasets.card import dataset_card
from blueprint.datasets.check import check_dataset
from blueprint.datasets.description import DatasetSummary
from blueprint.datasets.folder import METADATA, replace_folder, should_write
from blueprint.datasets.merge import refuse_overlap
from blueprint.datasets.shard import CONVERSION, Shard, read_shard

__all__ = ["CHECKSUMS", "LICENSES", "prepare_push", "push_commands"]

LICENSES = "LICENSES.md"
CHECKSUMS = "SHA256SUMS"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REPO_ID = re.compile(f"{_NAME}/{_NAME}")
# Words that are no licence: nobody has said that these parts may be shared.
_UNLICENSED = {"unknown", "noassertion", "none", "licenseref-user-supplied"}
# The words of the Hub for licences that occur in robots and assets; all others are `other` with a name.
_HUB_LICENSES = {
    "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-4.0",
    "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "mpl-2.0", "gpl-3.0", "lgpl-3.0", "unlicense",
}  # fmt: skip
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_GIT_ATTRIBUTES = "".join(f"*.{kind} filter=lfs diff=lfs merge=lfs -text\n" for kind in ("mp4", "parquet"))
# A path of somebody's machine has no place in public; the second name after the first slash makes it one.
_LOCAL_PATH = re.compile(r"(?:file://|(?<![\w.:/])/(?:home|Users|root|tmp|mnt|work|var)/[\w.-]+|\b[A-Z]:\\\\?\w)")
_TEXT_FILES = {".json", ".md", ".txt"}


def prepare_push(
    source: Path, out: Path, *, repo_id: str, accepted: Collection[str] = (), overwrite: bool = False
) -> DatasetSummary:
    """Write a copy of a LeRobot v3.0 dataset at `out` that can be uploaded as it is; nothing is sent anywhere.

    Added to the dataset: a card with the Hub's front matter, LICENSES.md, .gitattributes for large files, SHA256SUMS
    (`sha256sum -c SHA256SUMS`). `accepted` are licence words that are no licence and that the caller answers for; the
    folder says so. Raises GateError where the dataset fails a check, has parts that nobody licensed or names a path of
    this machine; InputError for a bad `repo_id`.
    """
    if not _REPO_ID.fullmatch(repo_id):
        raise InputError(f"{repo_id[:200]!r} is no name on the Hub.", remedy="write OWNER/NAME.")
    refuse_overlap([source], out)
    shard = read_shard(source)
    failed = [f"{item.name} ({item.message})" for item in check_dataset(source) if not item.passed]
    if failed:
        raise GateError(f"{source} fails {'; '.join(failed)}.", remedy="write the dataset again.")
    _refuse_unlicensed(shard.metadata.licenses, accepted)
    metadata = shard.metadata.model_copy(update={"repo_id": repo_id})
    summary = _summary(shard, out, should_write(out, metadata, overwrite=overwrite, skip_existing=False))
    if not summary.written:
        return summary
    with replace_folder(out) as part:
        for name in ("data", "meta", "videos"):
            if (source / name).is_dir():
                shutil.copytree(source / name, part / name, symlinks=True)
        card = _front_matter(metadata) + _body(dataset_card(metadata, shard.tasks, _picture_size(shard)))
        write_atomically(part / "README.md", card.encode())
        write_atomically(part / LICENSES, _licenses_page(metadata, accepted).encode())
        write_atomically(part / ".gitattributes", _GIT_ATTRIBUTES.encode())
        outputs = [ConversionOutput(name=repo_id, episodes=summary.episodes, frames=summary.frames)]
        account("push_ready", [shard], outputs).write(part / CONVERSION)
        metadata.write(part / METADATA)
        _refuse_local(part)
        _write_checksums(part)
    return summary


def push_commands(out: Path, metadata: DatasetMetadata) -> list[str]:
    """Return the commands that upload the folder. LeRobot looks for a tag with its format's version."""
    return [
        f"hf upload {metadata.repo_id} {out} --repo-type dataset",
        f"hf repo tag create {metadata.repo_id} {metadata.lerobot_version} --repo-type dataset",
    ]


def _summary(shard: Shard, out: Path, written: bool) -> DatasetSummary:
    frames = sum(episode.frames for episode in shard.metadata.episodes)
    return DatasetSummary(
        out, "v3.0", len(shard), frames, len(shard.tasks), tuple(shard.metadata.camera_names), written
    )


def _refuse_unlicensed(licenses: Collection[License], accepted: Collection[str]) -> None:
    if not licenses:
        raise GateError(
            "the dataset declares no licence of what is visible in it.",
            remedy="write it with the licences of robot and assets (the pipeline does).",
        )
    answered = {word.lower() for word in accepted}
    open_words = [item for item in licenses if item.spdx.lower() in _UNLICENSED - answered]
    if open_words:
        raise GateError(
            f"{len(open_words)} parts have no licence, the first: {open_words[0].spdx} ({open_words[0].source}).",
            remedy=f"replace the asset, or pass --accept {open_words[0].spdx} if you hold the rights.",
        )


def _refuse_local(part: Path) -> None:
    for path in sorted(part.rglob("*")):
        if path.is_symlink():
            raise GateError(f"{path.relative_to(part)} is a link.", remedy="copy the file into the dataset.")
        if path.suffix in _TEXT_FILES:
            match = _LOCAL_PATH.search(path.read_text(encoding="utf-8"))
            if match:
                raise GateError(
                    f"{path.relative_to(part)} names a path of this machine: {match[0]!r}.",
                    remedy="write the dataset without it, and prepare it again.",
                )


def _write_checksums(part: Path) -> None:
    names = sorted(str(path.relative_to(part)) for path in part.rglob("*") if path.is_file())
    text = "".join(f"{sha256_file(part / name)}  {name}\n" for name in names)
    write_atomically(part / CHECKSUMS, text.encode())


def _front_matter(metadata: DatasetMetadata) -> str:
    """The Hub's card metadata as YAML; every value is written as JSON, which is YAML too."""
    words = sorted({item.spdx for item in metadata.licenses})
    known = len(words) == 1 and words[0].lower() in _HUB_LICENSES
    frames = sum(episode.frames for episode in metadata.episodes)
    size = next((word for limit, word in _SIZES if frames < limit), "n>1M")
    lines = ["---", f"license: {json.dumps(words[0].lower() if known else 'other')}"]
    if not known:
        lines += [f"license_name: {json.dumps(' AND '.join(words))}", f"license_link: {json.dumps(LICENSES)}"]
    lines += [
        f"pretty_name: {json.dumps(metadata.repo_id.split('/')[1], ensure_ascii=False)}",
        f"size_categories: {json.dumps([size])}",
        'task_categories: ["robotics"]',
        f"tags: {json.dumps(['LeRobot', 'simulation', metadata.robot_type])}",
        "configs:",
        "- config_name: default",
        "  data_files: data/*/*.parquet",
        "---",
        "",
    ]
    return "\n".join(lines)


def _body(card: str) -> str:
    """The card without its own front matter."""
    return card.split("---\n", 2)[2]


def _licenses_page(metadata: DatasetMetadata, accepted: Collection[str]) -> str:
    answered = {word.lower() for word in accepted}
    lines = ["# Licences", "", "Of everything that is visible in the pictures or moves in them.", ""]
    lines += ["| licence | source | attribution | remark |", "|---|---|---|---|"]
    for item in metadata.licenses:
        remark = "shared on the publisher's word" if item.spdx.lower() in _UNLICENSED & answered else ""
        link = item.spdx if item.spdx.startswith("LicenseRef-") else f"https://spdx.org/licenses/{item.spdx}.html"
        cells = (link if not remark else item.spdx, item.source, item.attribution or "", remark)
        lines.append(f"| {' | '.join(_cell(text) for text in cells)} |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _picture_size(shard: Shard) -> str:
    shapes = [shard.info.features[name].shape for name in shard.info.videos]
    return next((f"{shape[1]}×{shape[0]}" for shape in shapes), "")

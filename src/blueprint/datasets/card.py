"""The dataset card: `README.md` with Hugging Face front matter, made from the metadata alone."""

import json

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.datasets.description import repository_license

__all__ = ["dataset_card"]


def dataset_card(metadata: DatasetMetadata, tasks: list[str], image_size: str) -> str:
    """Return the card's Markdown. `image_size` is for people, for example "320×240"."""
    frames = sum(item.frames for item in metadata.episodes)
    scenes = sorted({item.scene_id for item in metadata.episodes})
    variations = len({(item.scene_id, item.variation_id) for item in metadata.episodes})
    module = "lerobot.datasets.lerobot_dataset"
    release = "lerobot >= 0.4" if metadata.lerobot_version == "v3.0" else "lerobot 0.3.x, openpi, GR00T"
    lines = [
        "---",
        f"license: {json.dumps(repository_license(metadata.licenses))}",
        "task_categories:",
        "- robotics",
        "tags:",
        "- LeRobot",
        "- simulation",
        "configs:",
        "- config_name: default",
        "  data_files: data/*/*.parquet",
        "---",
        "",
        f"# {_plain(metadata.repo_id)}",
        "",
        f"{len(metadata.episodes)} episodes ({frames} frames at {metadata.fps} Hz) of {len(tasks)} tasks by the robot "
        f"`{metadata.robot_type}` in {len(scenes)} simulated scene(s) and {variations} variation(s).",
        "",
    ]
    if metadata.prompt:
        lines += ["The scene was made from the sentence:", "", f"> {_plain(metadata.prompt)}", ""]
    lines += [
        "## Load it",
        "",
        f"LeRobot {metadata.lerobot_version} ({release}):",
        "",
        "```python",
        f"from {module} import LeRobotDataset",
        "",
        f"dataset = LeRobotDataset({metadata.repo_id!r}, root='path/to/this/folder')",
        'print(dataset[0]["observation.state"], dataset[0]["task"])',
        "```",
        "",
        "## Tasks",
        "",
        *[f"- {_plain(task)}" for task in tasks],
        "",
        "## Columns",
        "",
        "| column | units | meaning |",
        "|---|---|---|",
        *[
            f"| `{item.name}` | {', '.join(item.units)} | {item.meaning}{f' ({item.frame})' if item.frame else ''} |"
            for item in metadata.columns
        ],
        "",
        f"- state: {', '.join(f'`{_plain(name)}`' for name in metadata.state_names)}",
        f"- action: {', '.join(f'`{_plain(name)}`' for name in metadata.action_names)}",
        f"- cameras: {', '.join(f'`observation.images.{name}`' for name in metadata.camera_names) or 'none'}"
        + (f", {image_size}" if metadata.camera_names else ""),
        f"- control: {metadata.control_mode}",
        f"- time: {metadata.time_alignment}",
        "",
        "`meta/blueprint.json` says the same for machines, with the record, seed and hash behind every episode.",
        "",
        "## Licences",
        "",
        *(
            [f"- {_plain(item.spdx)}: {_plain(item.attribution or item.source)}" for item in metadata.licenses]
            or ["- none declared"]
        ),
        "",
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """One line without Markdown or HTML of its own: a prompt is the words of a stranger."""
    escaped = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "[]`|*" else c for c in escaped)

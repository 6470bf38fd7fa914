"""The small documents of a raw episode: who did what when, with which robot."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from blueprint.contracts.geniesim.raw_episode import OURS

__all__ = ["action_segments", "data_info", "dropped_share", "meta_info", "rosbag_metadata"]

_BEIJING = timezone(timedelta(hours=8))


def action_segments(frame_states: Sequence[dict[str, Any]], keys: Sequence[int]) -> list[dict[str, Any]]:
    """Return `action_config`: runs of frames of one action. `keys[k]` is the frame state of frame k, -1 for none.

    `end_frame` is the last frame of the run; neighbours with the same text are one, as in AgiBot's converter.
    """
    segments: list[dict[str, Any]] = []
    last = None
    for frame, key in enumerate(keys):
        state = frame_states[key]["frame_state"] if key >= 0 else None
        if not isinstance(state, dict) or "action" not in state:
            last = None
            continue
        words = state.get("action_description") or {}
        what = tuple(str(state.get(name, "")) for name in ("arm", "active_id", "action", "passive_id"))
        text = str(words.get("action_text", ""))
        if segments and last is not None and (what == last or (text and text == segments[-1]["action_text"])):
            segments[-1]["end_frame"] = frame
        else:
            segments.append(
                {
                    "start_frame": frame,
                    "end_frame": frame,
                    "action_text": text,
                    "english_action_text": str(words.get("english_action_text", "")),
                    "skill": str(state["action"]),
                }
            )
        last = what
    return segments


def dropped_share(times_s: Sequence[float], fps: int) -> float:
    """Return the share of frames that are missing between the first and the last: gaps of more than 1.5 periods."""
    missing = sum(max(0, round((after - before) * fps) - 1) for before, after in pairwise(times_s))
    return missing / (len(times_s) + missing)


def data_info(
    task_description: Any,
    segments: list[dict[str, Any]],
    task_status: bool,
    cut_share: float,
    dropped: float,
) -> dict[str, Any]:
    """Return `data_info.json`; `cut_share` is the share of recorded frames that playback took back."""
    words = task_description if isinstance(task_description, dict) else {}
    return {
        "episode_id": 0,
        "task_id": 0,
        "task_name": words.get("task_name", ""),
        "english_task_name": words.get("english_task_name", ""),
        "data_type": "Regular",
        "job_id": 0,
        "init_scene_text": words.get("init_scene_text", ""),
        "raw_data_path": "",
        "aligned_data_path": "",
        "visualizing_data_path": "",
        "sn_code": "",
        "label_info": {
            "error_label": "",
            "action_config": segments,
            "key_frame": {"single": [], "dual": []},
            "cloud_post_processing_result": {
                "data_valid": task_status,
                "drop_frame_rate": dropped,
                "filter_frame_rate": cut_share,
            },
        },
    }


def meta_info(
    robot_type: str, start_ns: int, duration_s: float, size_bytes: int, dropped: float, notes: Sequence[str]
) -> dict[str, Any]:
    """Return `meta_info.json`; its key `blueprint` says how our recordings differ from AgiBot's, and in `notes` what
    the server had to interpret or leave out."""
    start = start_ns / 1e9
    created = datetime.fromtimestamp(start, tz=UTC).astimezone(_BEIJING)
    gripper = "zhiyuan_gripper_omnipicker"
    return {
        "AID": "",
        "author": "blueprint",
        "clip_end_time": start + duration_s,
        "clip_start_time": start,
        "create_time": created.strftime("%Y-%m-%d %H:%M:%S"),
        "duration": duration_s,
        "ee_list": [{"name": "left_hand", "type": gripper}, {"name": "right_hand", "type": gripper}],
        "episode_id": 0,
        "episode_token": "",
        "file_size": size_bytes / 1000.0,
        "fps_validate": dropped == 0,
        "integrity": {"integrity": dropped == 0, "reason": 0 if dropped == 0 else 1},
        "job_id": 0,
        "mocap_mapping_status": [],
        "robot_type": robot_type,
        "sw_version": "blueprint",
        "task_id": 0,
        "task_mode": "TDC",
        "text": '{"description":"SIM"}',
        "version": "v0.0.2",
        OURS: {
            "physics": "mujoco",
            "action_joint": "position commands of the controllers (attribute `commanded`), else the measured state",
            "action_gripper": "of the commanded angle",
            "action_end": "copy of state/end",
            "zeros": "neither measured nor commanded: action velocity and effort, effector force, drifts, base speed",
            "depth_videos": "the upper eight bits; the pictures hold all sixteen",
            "notes": list(notes),
        },
    }


def rosbag_metadata(start_ns: int, duration_s: float, frames: int) -> str:
    """Return `metadata.yaml`. No bag was recorded; readers of the folder take the start time from here."""
    return (
        "rosbag2_bagfile_information:\n"
        "  version: 9\n"
        '  storage_identifier: ""\n'
        f"  duration:\n    nanoseconds: {round(duration_s * 1e9)}\n"
        f"  starting_time:\n    nanoseconds_since_epoch: {start_ns}\n"
        f"  message_count: {frames}\n"
        "  topics_with_message_count: []\n"
        "  relative_file_paths: []\n"
    )

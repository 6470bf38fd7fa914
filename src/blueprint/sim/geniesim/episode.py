"""The episode that a served world records: what is told of it, its frames, and what becomes of them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import InputError
from blueprint.services.logs import logger
from blueprint.sim.geniesim.lights import LightRequest
from blueprint.sim.geniesim.paths import recording_folder, task_folder_name
from blueprint.sim.geniesim.recorder import RecordingContext
from blueprint.sim.geniesim.recording import Recording, RecordingMark, recorded_camera
from blueprint.sim.geniesim.scene_model import SceneModel
from blueprint.sim.geniesim.stepping import Stepper

__all__ = ["Episode", "EpisodeMark", "NotReadyError"]

_MAX_JSON = 1 << 20
_MAX_CAMERAS = 16
_MAX_FPS = 200


class NotReadyError(InputError):
    """The call needs something that another call must do first."""


@dataclass(frozen=True)
class EpisodeMark:
    """Where a recording was at some moment; `recording` is None where none ran."""

    recording: Recording | None
    mark: RecordingMark
    next_frame_s: float


class Episode:
    """Starts, stops, rewinds and writes recordings of one scene, one at a time, into folders below `out`."""

    def __init__(
        self,
        scene: SceneModel,
        stepper: Stepper,
        out: Path,
        scene_usd: str,
        camera_scale: float,
        now_ns: Callable[[], int],
    ) -> None:
        self._scene, self._stepper, self._out, self._scene_usd = scene, stepper, out, scene_usd
        self._camera_scale, self._now_ns = camera_scale, now_ns
        self._recording: Recording | None = None
        self._is_running = False
        self._started_ns = 0
        self._metric: Any = {}
        self._task_description = ""

    def set_frame_state(self, text: str) -> None:
        """Take JSON that describes the present step, or the task's description for what follows."""
        state = _json(text, "frame state")
        if isinstance(state, dict) and "task_description" in state:
            self._task_description = text
        if self._recording is not None:
            self._recording.set_frame_state(text)

    def set_task_metric(self, text: str) -> None:
        metric = _json(text, "task metric")
        if isinstance(metric, dict) and "task_metric" in metric:
            self._metric = metric["task_metric"]

    def start(self, task_name: str, fps: int, cameras: Sequence[str]) -> None:
        """Record from now on, at `fps` of physics time.

        Raises InputError for a name that is no folder's, an unknown camera, a bad rate, NotReadyError while another
        recording runs.
        """
        task_folder_name(task_name)
        if self._is_running:
            raise NotReadyError("a recording is running.", remedy="stop it first.")
        if not 1 <= fps <= _MAX_FPS:
            raise InputError(f"fps {fps}.", remedy=f"use 1 to {_MAX_FPS}.")
        if len(cameras) > _MAX_CAMERAS or len(set(cameras)) != len(cameras):
            raise InputError(f"{len(cameras)} cameras.", remedy=f"name each once, at most {_MAX_CAMERAS}.")
        recorded = [recorded_camera(self._scene, prim_path, self._camera_scale) for prim_path in cameras]
        self.discard()
        self._stepper.settle_if_disturbed()
        self._out.mkdir(parents=True, exist_ok=True)
        recording = Recording(self._scene, recording_folder(self._out, task_name), task_name, fps, recorded)
        if self._task_description:
            recording.set_frame_state(self._task_description)
        recording.capture()
        self._recording, self._is_running, self._started_ns = recording, True, self._now_ns()
        self._stepper.start_frames(1.0 / fps, recording.capture)

    def stop(self) -> None:
        if self._is_running and self._recording is not None:
            self._recording.capture()
        self._is_running = False
        self._stepper.stop_frames()

    def finish(self, is_success: bool, fail_steps: Sequence[int], given_up: Callable[[], bool]) -> None:
        """Write the recording's folder where the task succeeded, and forget it in any case."""
        self.stop()
        recording, self._recording = self._recording, None
        if recording is not None and is_success:
            folder = recording.write(self._context(), fail_steps=fail_steps, given_up=given_up)
            logger().info("episode written", folder=str(folder), frames=recording.frames)

    def discard(self) -> None:
        """Forget an unfinished recording."""
        if self._recording is not None:
            logger().warning("unfinished recording forgotten", frames=self._recording.frames)
        self._recording, self._is_running = None, False
        self._stepper.stop_frames()

    def mark(self) -> EpisodeMark:
        """Return where the recording is, for `rewind`."""
        recording = self._recording if self._is_running else None
        return EpisodeMark(recording, recording.mark() if recording else RecordingMark(), self._stepper.next_frame_s)

    def rewind(self, mark: EpisodeMark) -> None:
        """Take back what the running recording has since a mark, because the world was put back to then.

        A recording that began only afterwards begins again.
        """
        if self._recording is None or not self._is_running:
            return
        now = float(self._scene.data.time)
        same = mark.recording is self._recording
        self._recording.rewind(mark.mark if same else RecordingMark(), now)
        self._stepper.next_frame_s = mark.next_frame_s if same else now

    def _context(self) -> RecordingContext:
        scene = self._scene
        return RecordingContext(
            scene_name=Path(self._scene_usd).parent.name,
            scene_usd=self._scene_usd,
            robot_pose=scene.pose_world_base,
            lights=[_light_document(light) for light in scene.lights],
            object_assets=scene.object_files,
            articulated_prims=[path for path, placed in scene.scene.objects.items() if placed.articulated],
            metric=self._metric,
            start_ns=self._started_ns,
            notes=[
                *(note for placed in scene.scene.objects.values() for note in placed.notes),
                *(f"{light.prim_path}: its texture is not drawn" for light in scene.lights if light.texture),
            ],
        )


def _light_document(light: LightRequest) -> dict[str, Any]:
    return {
        "light_type": light.kind,
        "light_prim": light.prim_path,
        "light_temperature": light.temperature_k,
        "light_intensity": light.intensity,
        "light_rotation": list(light.rotation.quat_wxyz),
        "light_texture": light.texture,
    }


def _json(text: str, what: str) -> Any:
    if len(text) > _MAX_JSON:
        raise InputError(f"a {what} of {len(text)} characters.", remedy=f"at most {_MAX_JSON}.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what}: not JSON: {error}.", remedy="send JSON text.") from error

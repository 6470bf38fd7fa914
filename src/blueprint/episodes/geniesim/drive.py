"""One episode over the wire: set the scene up, record, do the stages with retries, and say how it ended."""

from collections.abc import Callable

from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.job import EpisodeOutcome
from blueprint.episodes.geniesim.instance import EpisodeInstance
from blueprint.episodes.geniesim.stages import Hands, StageFailedError, run_stage
from blueprint.sim.geniesim.client import GenieClient, RpcError

__all__ = ["ATTEMPTS", "drive_episode", "open_scene"]

ATTEMPTS = 4
_PARKED = Pose.of((99.0, 99.0, 0.0))  # where Genie Sim's client leaves what an episode does not need any more


def open_scene(client: GenieClient, instance: EpisodeInstance) -> None:
    """Load robot and background; the server keeps them for all episodes of a template."""
    client.init_robot(
        instance.template.robot.robot_cfg, str(instance.background), instance.pose_world_robot, instance.joints
    )


def drive_episode(
    client: GenieClient,
    instance: EpisodeInstance,
    *,
    recording: str | None,
    wants_camera: Callable[[str], bool] = lambda prim: True,
    say: Callable[[str], None] = lambda text: None,
) -> EpisodeOutcome:
    """Attempt one episode; `recording` is the name that the server records it under, None records nothing;
    `wants_camera` says which of the template's cameras are recorded.

    A stage has `ATTEMPTS` tries; between them the world is rewound to the stage's start. A failed episode's recording
    is deleted by the server. Raises RpcError where the server is gone or hangs, nothing else for what went wrong.
    """
    template = instance.template
    is_recording = False
    number, action = 0, "set-up"
    hands = Hands(client, instance, {})
    try:
        hands.home = _set_up(client, instance)
        if recording is not None:
            setting = template.recording_setting
            cameras = [prim for prim in setting.camera_list if wants_camera(prim)]
            client.start_recording(recording, cameras, setting.fps)
            is_recording = True
            client.set_frame_state({"task_description": template.task_description.model_dump()})
            client.set_task_metric({"task_metric": template.task_metric.model_dump()})
        for number, stage in enumerate(template.stages):
            action = stage.action
            _attempt(hands, number, say)
        if is_recording:
            client.stop_recording()
        client.finish_task(True)
        _clear(client, instance)
        return EpisodeOutcome(
            episode=instance.name, task=template.task, status="succeeded", attempts=hands.tries, recording=recording
        )
    except StageError as error:
        failure = str(error)
    except RpcError as error:
        if error.is_lost:
            raise
        failure = str(error)
    if is_recording:
        client.stop_recording()
    client.finish_task(False, [number])
    _clear(client, instance)
    return EpisodeOutcome(
        episode=instance.name,
        task=template.task,
        status="failed",
        attempts=hands.tries,
        failed_stage=f"{number}: {action}",
        error=failure[:1000],
    )


def _set_up(client: GenieClient, instance: EpisodeInstance) -> dict[str, Pose]:
    client.reset()
    client.teleport_joints(instance.joints)
    for item in instance.objects.values():
        client.add_object(
            item.prim_path,
            str(item.usd_path),
            item.pose_world_object,
            mass_kg=item.mass_kg,
            static_friction=item.parameters.static_friction,
            dynamic_friction=item.parameters.dynamic_friction,
            scale=item.parameters.scale,
            model_type=item.parameters.model_type,
        )
    return {side: client.end_effector_pose(side) for side in ("left", "right")}


def _clear(client: GenieClient, instance: EpisodeInstance) -> None:
    """Take the episode's objects out of the way: the next one may have others, and a reset leaves what is near."""
    client.place_objects({item.prim_path: _PARKED for item in instance.objects.values()})


def _attempt(hands: Hands, number: int, say: Callable[[str], None]) -> None:
    """Do one stage, with tries; raises the last one's error."""
    stages, client = hands.instance.template.stages, hands.client
    start = f"{hands.instance.name}_{number}"
    client.store_state(start)
    held = dict(hands.held)
    for attempt in range(ATTEMPTS):
        hands.tries += 1
        try:
            run_stage(hands, stages, number, attempt)
            return
        except StageFailedError as error:
            say(f"{hands.instance.name}, stage {number} ({stages[number].action}), try {attempt + 1}: {error}")
            if attempt + 1 == ATTEMPTS:
                raise
            client.rewind(start)
            hands.held = dict(held)

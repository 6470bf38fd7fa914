"""Where MuJoCo's warnings go: to Python's logging, not to a file MUJOCO_LOG.TXT in the folder one happens to be in."""

import logging

import mujoco

__all__ = ["LOGGER", "log_mujoco_warnings"]

LOGGER = logging.getLogger("blueprint.mujoco")


def log_mujoco_warnings() -> None:
    """Send this process's MuJoCo warnings to `LOGGER`, unless the caller has set a handler. Safe to call again.

    Nothing is judged by these lines: certificates and rollouts read the counters in `MjData.warning`.
    """
    if mujoco.get_mju_user_warning() is None:
        mujoco.set_mju_user_warning(LOGGER.warning)

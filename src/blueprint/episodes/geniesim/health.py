"""Is there a Genie Sim server, does it answer, and has a job what it needs? Everything is tried, nothing is assumed."""

import os
import shutil
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from blueprint.contracts.geniesim.health import HealthCheck, HealthReport
from blueprint.episodes.geniesim.breaker import CircuitBreaker
from blueprint.sim.geniesim.client import CallSettings, GenieClient, RpcError
from blueprint.sim.geniesim.endpoint import Endpoint

__all__ = ["check_health"]

_EPISODE_BYTES = 2 << 30  # the real recorder writes about 1.5 GB an episode


def check_health(
    endpoint: Endpoint,
    *,
    scene_dir: Path | None = None,
    assets: Path | None = None,
    recordings: Path | None = None,
    timeout_s: float = 5.0,
) -> HealthReport:
    """Try the connection, the health service, one harmless call, the folders and the scene's breaker; never raises for
    what it finds."""
    checks = _server(endpoint, timeout_s)
    checks.append(_assets(assets, endpoint))
    checks.append(_recordings(recordings, endpoint))
    if scene_dir is not None:
        checks.append(_breaker(scene_dir))
    return HealthReport(
        endpoint=endpoint.target,
        profile=endpoint.profile,
        healthy=not any(check.status == "failed" for check in checks),
        checks=checks,
    )


def _server(endpoint: Endpoint, timeout_s: float) -> list[HealthCheck]:
    with GenieClient(endpoint, CallSettings(deadline_s=timeout_s, attempts=1)) as client:
        try:
            client.wait_until_ready(timeout_s)
        except RpcError as error:
            failed = HealthCheck(name="connection", status="failed", detail=error.detail, remedy=error.remedy or "")
            why = "there is no connection"
            return [failed, *(HealthCheck(name=n, status="skipped", detail=why) for n in ("health_service", "call"))]
        connected = HealthCheck(name="connection", status="ok", detail=f"{endpoint.target} accepts connections")
        return [connected, _health_service(endpoint, timeout_s), _call(client)]


def _health_service(endpoint: Endpoint, timeout_s: float) -> HealthCheck:
    name = "health_service"
    channel = endpoint.channel()
    try:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return HealthCheck(name=name, status="skipped", detail="the server has none (AgiBot's has none)")
        remedy = "look at the server's log, then restart it."
        return HealthCheck(name=name, status="failed", detail=error.code().name, remedy=remedy)
    finally:
        channel.close()
    word = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return HealthCheck(name=name, status="ok", detail=word)
    return HealthCheck(name=name, status="failed", detail=word, remedy="wait until it has started, or restart it.")


def _call(client: GenieClient) -> HealthCheck:
    """Ask for the joints: a server without a robot refuses, and has answered all the same."""
    try:
        joints = client.joint_positions()
    except RpcError as error:
        if error.code is grpc.StatusCode.DEADLINE_EXCEEDED:
            remedy = "another client may be using it (it has room for one), or it hangs: restart it."
            return HealthCheck(name="call", status="failed", detail=error.detail, remedy=remedy)
        if error.code is grpc.StatusCode.UNIMPLEMENTED:
            remedy = "something else listens on this port."
            return HealthCheck(name="call", status="failed", detail=error.detail, remedy=remedy)
        return HealthCheck(name="call", status="ok", detail="it answers; no robot is loaded")
    return HealthCheck(name="call", status="ok", detail=f"it answers; a robot with {len(joints)} joints is loaded")


def _assets(assets: Path | None, endpoint: Endpoint) -> HealthCheck:
    name = "assets"
    if assets is None:
        remedy = "export SIM_ASSETS=<the asset root that the server reads>."
        return _unset(endpoint, name, "SIM_ASSETS", remedy)
    if not assets.is_dir():
        return HealthCheck(
            name=name, status="failed", detail=f"{assets} is no folder", remedy="run `blueprint geniesim export`."
        )
    return HealthCheck(name=name, status="ok", detail=str(assets))


def _unset(endpoint: Endpoint, name: str, variable: str, remedy: str) -> HealthCheck:
    return HealthCheck(
        name=name,
        status="failed" if endpoint.profile == "production" else "skipped",
        detail=f"{variable} is not set",
        remedy=remedy,
    )


def _recordings(recordings: Path | None, endpoint: Endpoint) -> HealthCheck:
    name = "recordings"
    if recordings is None:
        remedy = "export GENIESIM_RECORDINGS=<the folder that the server records into>."
        return _unset(endpoint, name, "GENIESIM_RECORDINGS", remedy)
    existing = next(folder for folder in (recordings, *recordings.absolute().parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.R_OK | os.X_OK):
        return HealthCheck(
            name=name, status="failed", detail=f"{existing} cannot be read", remedy="give this user the right to."
        )
    free = shutil.disk_usage(existing).free
    if free < _EPISODE_BYTES:
        return HealthCheck(
            name=name,
            status="warning",
            detail=f"{free >> 20} MiB are free at {existing}",
            remedy="free some: the real recorder writes about 1.5 GB an episode.",
        )
    return HealthCheck(name=name, status="ok", detail=f"{recordings}, {free >> 30} GiB free")


def _breaker(scene_dir: Path) -> HealthCheck:
    state = CircuitBreaker(scene_dir / "geniesim", scene_dir.name).state()
    detail = f"{state.status}, {state.failure_count} failures in a row"
    if state.status == "closed":
        return HealthCheck(name="breaker", status="ok", detail=detail)
    return HealthCheck(
        name="breaker",
        status="warning",
        detail=f"{detail}; the last: {state.last_failure_reason}",
        remedy="mend the server; after the recovery time one job may try again.",
    )

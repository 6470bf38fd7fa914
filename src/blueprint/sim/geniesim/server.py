"""The gRPC server of the aimdk protocol: transport, health and shutdown; the world does the rest.

The protocol has no authentication: whoever reaches the port moves the robot and reads below the asset root. It listens
on the loopback interface unless told otherwise.
"""

import ipaddress
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from blueprint.contracts.errors import BlueprintError, InputError, MissingDependencyError, UnsafePathError
from blueprint.services.logs import logger
from blueprint.sim.geniesim.call_queue import CallQueue, QueueFullError
from blueprint.sim.geniesim.calls import CALLS, UNIMPLEMENTED, UnsupportedCallError
from blueprint.sim.geniesim.proto.methods import MAX_MESSAGE_BYTES, METHODS, Method
from blueprint.sim.geniesim.scene_model import UnknownPrimError
from blueprint.sim.geniesim.stepping import CallStoppedError
from blueprint.sim.geniesim.world import GenieWorld, NotReadyError

__all__ = ["GenieServer", "ServerSettings"]

_MAX_DETAIL = 1000
_STATUS: tuple[tuple[type[BlueprintError], grpc.StatusCode], ...] = (
    (QueueFullError, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (CallStoppedError, grpc.StatusCode.CANCELLED),
    (UnsupportedCallError, grpc.StatusCode.UNIMPLEMENTED),
    (UnsafePathError, grpc.StatusCode.PERMISSION_DENIED),
    (UnknownPrimError, grpc.StatusCode.NOT_FOUND),
    (NotReadyError, grpc.StatusCode.FAILED_PRECONDITION),
    (MissingDependencyError, grpc.StatusCode.FAILED_PRECONDITION),
    (InputError, grpc.StatusCode.INVALID_ARGUMENT),
    (BlueprintError, grpc.StatusCode.INTERNAL),
)


@dataclass(frozen=True)
class ServerSettings:
    """Port 0 lets the system choose. `stay`: an exit call ends the client's session, not the server."""

    host: str = "127.0.0.1"
    port: int = 50051
    waiting_calls: int = 32
    grace_s: float = 10.0
    stay: bool = False


class GenieServer:
    """Serves one world. `start`, then `wait`; `stop` from any other thread, or leave its context."""

    def __init__(self, world: GenieWorld, settings: ServerSettings | None = None) -> None:
        self.settings = settings or ServerSettings()
        self._world = world
        self._calls = CallQueue(world, self.settings.waiting_calls)
        self._over = threading.Event()
        self._stopped = threading.Lock()
        self._is_stopped = False
        self._health = health.HealthServicer()
        # One thread per call that may wait, and some for health checks and for refusing the rest.
        workers = self.settings.waiting_calls + 8
        self._server = grpc.server(
            ThreadPoolExecutor(workers, "geniesim-rpc"),
            maximum_concurrent_rpcs=workers,
            options=[
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a lottery
            ],
        )
        for service in sorted({method.service for method in METHODS.values()}):
            handlers = {m.name: self._handler(m) for m in METHODS.values() if m.service == service}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = 0

    def start(self) -> int:
        """Bind and serve; return the port. Raises InputError where it cannot be bound."""
        settings = self.settings
        if not _is_loopback(settings.host):
            logger().warning("the protocol has no authentication: anyone who reaches this address controls the server")
        try:
            self.port = self._server.add_insecure_port(f"{settings.host}:{settings.port}")
        except RuntimeError as error:
            raise InputError(
                f"cannot listen on {settings.host}:{settings.port}.", remedy="is another server running? Use --port."
            ) from error
        self._server.start()
        self._set_health(health_pb2.HealthCheckResponse.SERVING)
        return self.port

    def wait(self) -> None:
        """Block until a client calls exit (unless the server is to stay) or `stop` is called."""
        while not self._over.wait(0.5):  # in pieces, so that signals are seen
            pass

    def stop(self) -> None:
        """Refuse new calls, end the running one (an episode being written is finished within the grace), close."""
        with self._stopped:
            if self._is_stopped:
                return
            self._is_stopped = True
            self._over.set()
            self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
            refused = self._server.stop(self.settings.grace_s + 2.0)
            self._calls.stop(self.settings.grace_s)
            refused.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _set_health(self, status: Any) -> None:
        for service in ("", *{method.service for method in METHODS.values()}):
            self._health.set(service, status)

    def _handler(self, method: Method) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            self._refuse(method) if method.name in UNIMPLEMENTED else self._serve(method),
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )

    def _serve(self, method: Method) -> Any:
        call = CALLS[method.name]

        def serve(request: Any, context: grpc.ServicerContext) -> Any:
            gone = threading.Event()
            if not context.add_callback(gone.set):
                gone.set()
            remaining = context.time_remaining()
            end = time.monotonic() + remaining if remaining is not None else float("inf")
            try:
                answer = self._calls.run(
                    lambda world: call(world, request), lambda: gone.is_set() or time.monotonic() > end
                )
            except BlueprintError as error:
                status = next(code for kind, code in _STATUS if isinstance(error, kind))
                logger().warning("call failed", call=method.name, status=status.name, error=str(error))
                context.abort(status, str(error)[:_MAX_DETAIL])
            if method.name == "exit" and self._world.exiting:
                self._world.exiting = False
                if not self.settings.stay:
                    self._over.set()
            return method.response(**answer)

        return serve

    def _refuse(self, method: Method) -> Any:
        def refuse(_: Any, context: grpc.ServicerContext) -> Any:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method.name} is not implemented by Genie Sim servers.")

        return refuse


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"

"""The protocol's methods, read from its descriptors."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message_factory import GetMessageClass

from blueprint.sim.geniesim.proto.aimdk import (
    arm_pb2,
    camera_pb2,
    joint_pb2,
    sim_gripper_pb2,
    sim_object_pb2,
    sim_observation_pb2,
)

__all__ = ["MAX_MESSAGE_BYTES", "METHODS", "Method"]

MAX_MESSAGE_BYTES = 16_094_304
_FILES = (arm_pb2, joint_pb2, sim_object_pb2, sim_gripper_pb2, sim_observation_pb2, camera_pb2)


@dataclass(frozen=True)
class Method:
    """A unary RPC: `path` is `/package.Service/method`; `request` and `response` are its message classes."""

    name: str
    service: str
    request: Any
    response: Any

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"


METHODS: dict[str, Method] = {
    method.name: Method(
        method.name, service.full_name, GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    )
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}

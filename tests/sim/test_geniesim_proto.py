"""The protocol's files: what is committed is what protoc makes of them, and it is what AgiBot's own files say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from blueprint.sim.geniesim.proto import generate
from blueprint.sim.geniesim.proto.methods import METHODS

REAL = os.environ.get("BLUEPRINT_GENIESIM_SOURCE")
UNUSED_BY_RPCS = {"HalHandService"}  # declared, registered by no server


def test_the_committed_modules_are_what_protoc_makes(tmp_path: Path) -> None:
    root = Path(generate.__file__).parents[4]
    written = generate.generate(tmp_path)
    assert len(written) == 7
    for path in written:
        assert path.read_text() == (root / path.relative_to(tmp_path)).read_text(), "run `make protos`"


def test_there_are_the_31_registered_rpcs_in_seven_services() -> None:
    assert len(METHODS) == 31
    assert len({method.service for method in METHODS.values()}) == 7
    assert METHODS["linear_move"].path == "/aimdk.protocol.ArmControlService/linear_move"


def test_messages_survive_the_wire() -> None:
    request = METHODS["linear_move"].request(
        robot_name="right", pose={"position": {"z": 0.5}, "rpy": {"rw": 1.0}}, goal_offset=[0, 0, 0.1, 1, 0, 0, 0]
    )
    assert METHODS["linear_move"].request.FromString(request.SerializeToString()) == request
    # by hand, from the protocol's field numbers: 1 length-delimited, 4 varint
    assert METHODS["linear_move"].request.FromString(b"\x0a\x05right\x20\x01").is_block


@pytest.mark.skipif(REAL is None, reason="BLUEPRINT_GENIESIM_SOURCE names no checkout of Genie Sim")
def test_every_rpc_is_wire_compatible_with_agibots_files(tmp_path: Path) -> None:
    root = Path(str(REAL)) / "source/data_collection/common"
    files = [str(path.relative_to(root)) for path in sorted(root.rglob("*.proto")) if path.stat().st_size]
    out = tmp_path / "real.binpb"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={root}", f"--descriptor_set_out={out}"]
    subprocess.run([*command, *files], check=True)
    real = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    messages = {f".{file.package}.{item.name}": item for file in real.file for item in file.message_type}
    enums = {f".{file.package}.{item.name}": item for file in real.file for item in file.enum_type}
    theirs = {
        (f"{file.package}.{service.name}", method.name): method
        for file in real.file
        for service in file.service
        if service.name not in UNUSED_BY_RPCS
        for method in service.method
    }
    assert set(theirs) == {(method.service, method.name) for method in METHODS.values()}
    for method in METHODS.values():
        other = theirs[method.service, method.name]
        assert not other.client_streaming
        assert not other.server_streaming
        _assert_same(method.request.DESCRIPTOR, other.input_type, messages, enums, set())
        _assert_same(method.response.DESCRIPTOR, other.output_type, messages, enums, set())


def _assert_same(ours, name: str, messages: dict, enums: dict, seen: set[str]) -> None:
    assert f".{ours.full_name}" == name
    if name in seen:
        return
    seen.add(name)
    expected = {field.name: field for field in messages[name].field}
    assert set(ours.fields_by_name) == set(expected), name
    for field in ours.fields:
        other = expected[field.name]
        found = descriptor_pb2.FieldDescriptorProto()
        field_proto = descriptor_pb2.DescriptorProto()
        ours.CopyToProto(field_proto)
        found = next(item for item in field_proto.field if item.name == field.name)
        assert (found.number, found.type, found.label) == (other.number, other.type, other.label), (name, field.name)
        if field.message_type is not None:
            _assert_same(field.message_type, other.type_name, messages, enums, seen)
        if field.enum_type is not None:
            assert {value.name: value.number for value in field.enum_type.values} == {
                value.name: value.number for value in enums[other.type_name].value
            }

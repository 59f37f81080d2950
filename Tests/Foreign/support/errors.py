"""Expects an error status with its details, as google.rpc defines them."""

import contextlib

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

DOMAIN = "trackd"


class Refusal:
    """The error of a refused call: filled in at the end of the `with` block of `refused`."""

    code: grpc.StatusCode
    message: str
    reason: str | None = None
    metadata: dict[str, str] = {}
    details: dict[str, object] = {}

    def fill(self, error: grpc.RpcError) -> None:
        self.code, self.message = error.code(), error.details()
        status = rpc_status.from_call(error)
        self.details = {}
        for packed in status.details if status else ():
            kind = packed.type_url.rsplit("/", 1)[1].rsplit(".", 1)[1]
            assert kind not in self.details, f"two details of type {kind}"
            detail = getattr(error_details_pb2, kind)()
            assert packed.Unpack(detail)
            self.details[kind] = detail
        info = self.details.get("ErrorInfo")
        if info:
            assert info.domain == DOMAIN
            self.reason, self.metadata = info.reason, dict(info.metadata)
        if status:
            assert status.code == self.code.value[0] and status.message == self.message

    @property
    def fields(self) -> list[str]:
        """The fields that BadRequest names."""
        bad = self.details.get("BadRequest")
        return [v.field for v in bad.field_violations] if bad else []

    @property
    def violations(self) -> list[tuple[str, str]]:
        """The fields that BadRequest names, each with its description."""
        bad = self.details.get("BadRequest")
        return [(v.field, v.description) for v in bad.field_violations] if bad else []


@contextlib.contextmanager
def refused(code: str, reason: str | None = None, field: str | None = None):
    """Expects the block to fail with this code; errors of trackd's own services also have a
    reason."""
    refusal = Refusal()
    with pytest.raises(grpc.RpcError) as caught:
        yield refusal
    refusal.fill(caught.value)
    assert refusal.code.name == code, f"{refusal.code.name} {refusal.reason}: {refusal.message}"
    if reason is not None:
        assert refusal.reason == reason, refusal.message
    if field is not None:
        assert field in refusal.fields
    assert refusal.message


def answer_of(call) -> str:
    """The code and the reason of a call's result, as in the table of bad input."""
    try:
        call()
    except grpc.RpcError as error:
        refusal = Refusal()
        refusal.fill(error)
        return " ".join(filter(None, [refusal.code.name, refusal.reason]))
    return "OK"

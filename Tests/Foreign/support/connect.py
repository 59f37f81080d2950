"""Connect's own client for Python, with the stubs of `support.stubs` as its messages."""

import contextlib

from connectrpc.client import ConnectClientSync
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf import json_format
from pyqwest import HTTPVersion, SyncClient, SyncHTTPTransport

from .stubs import api

PROTOCOLS = {"connect": ProtocolType.CONNECT, "grpc-web": ProtocolType.GRPC_WEB,
             "grpc": ProtocolType.GRPC}


class Binary:
    """The codec of messages in binary."""

    def name(self) -> str:
        return "proto"

    def encode(self, message) -> bytes:
        return message.SerializeToString()

    def decode(self, data, message_class):
        return message_class.FromString(bytes(data))


class JSON:
    """The codec of messages as JSON, by Google's library."""

    def name(self) -> str:
        return "json"

    def encode(self, message) -> bytes:
        return json_format.MessageToJson(message).encode()

    def decode(self, data, message_class):
        return json_format.Parse(bytes(data), message_class())


CODECS = {"proto": Binary, "json": JSON}


def method(service: str, name: str, stream=StreamType.UNARY) -> MethodInfo:
    return MethodInfo(
        name=name, service_name="deploymenttrack.v1." + service,
        input=getattr(api, name + "Request"), output=getattr(api, name + "Response"),
        idempotency_level=IdempotencyLevel.UNKNOWN, stream_type=stream)


LIST = method("DeploymentTrackService", "ListDeploymentTracks")
GET = method("DeploymentTrackService", "GetDeploymentTrack")
WATCH = method("DeploymentTrackService", "WatchDeploymentTracks", StreamType.SERVER_STREAM)


@contextlib.contextmanager
def connected(address: str, protocol: str, codec: str, http="2", **options):
    """A client of a server without TLS, over HTTP/1.1 or over HTTP/2 with prior knowledge."""
    version = HTTPVersion.HTTP2 if http == "2" else HTTPVersion.HTTP1
    with SyncHTTPTransport(http_version=version) as transport:
        with ConnectClientSync(
                f"http://{address}", protocol=PROTOCOLS[protocol], codec=CODECS[codec](),
                http_client=SyncClient(transport), **options) as client:
            yield client

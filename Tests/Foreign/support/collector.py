"""A collector of OpenTelemetry spans, in grpcio over opentelemetry-proto."""

import concurrent.futures
import threading

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from . import waiting


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """`spans` is all that came, in the order in which it came."""

    def __init__(self, credentials: grpc.ServerCredentials | None = None, options=()):
        self.lock = threading.Lock()
        self.requests = []
        #: The common names of the certificates that came with the spans.
        self.peers = set()
        #: Refuses what comes while it is set.
        self.refuses = False
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4),
                                  options=options)
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self.server)
        here = "127.0.0.1:0"
        port = (self.server.add_secure_port(here, credentials) if credentials
                else self.server.add_insecure_port(here))
        self.address = f"127.0.0.1:{port}"
        self.server.start()

    def Export(self, request, context):
        if self.refuses:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many spans")
        names = context.auth_context().get("x509_common_name", [])
        with self.lock:
            self.requests.append(request)
            self.peers.update(name.decode() for name in names)
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> list:
        with self.lock:
            return [span for request in self.requests for resource in request.resource_spans
                    for scope in resource.scope_spans for span in scope.spans]

    def of(self, trace: str) -> dict:
        """The spans of a trace by name; the last one of each name."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace}

    def wait_for(self, trace: str, *names: str) -> dict:
        """Waits until a trace has spans of these names."""
        waiting.until(lambda: set(names) <= set(self.of(trace)))
        return self.of(trace)

    def stop(self) -> None:
        self.server.stop(0)

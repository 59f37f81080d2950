"""The services that trackd calls, served by grpcio, and misbehaving as a test says."""

import collections
import concurrent.futures
import socket
import threading
import time

import grpc

from . import raw_h2
from .stubs import api

PACKAGE = "deploymenttrack.integration.v1."
METHODS = {
    "CreateReleases": "ReleaseManagementService",
    "UpdateDeploymentStatuses": "ReleaseManagementService",
    "GetBuildStatusByDeploymentTrack": "BuildService", "GetCommitHistory": "BuildService",
    "Deploy": "DeployerService", "GetReceipt": "DeployerService",
    "DeleteComponentResources": "ComponentResourceDeleterService",
    "GetTier": "SubscriptionsService",
}
FLAGS = ("--release-management", "--build-service", "--deployer", "--resource-deleter",
         "--subscriptions")


# Misbehaviours of a service: functions of the maker of the good answer and the call's context.

def fails(code: str, text: str = "as it was told to", trailers=()):
    """Lets the whole call fail."""
    def behave(answer, context):
        context.set_trailing_metadata(tuple(trailers))
        context.abort(getattr(grpc.StatusCode, code), text)
    return behave


def says(raw: bytes):
    """Sends these bytes instead of the answer."""
    return lambda answer, context: raw


def changes(change):
    """Sends the good answer after `change` has edited it."""
    def behave(answer, context):
        good = answer()
        change(good)
        return good.SerializeToString()
    return behave


def never(answer, context):
    """Does not answer as long as the caller waits."""
    gone = threading.Event()
    if context.add_callback(gone.set):
        gone.wait(120)
    context.abort(grpc.StatusCode.CANCELLED, "")


def loses_answer(answer, context):
    """Does what was asked, and loses the answer."""
    answer()
    context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")


def crashes(answer, context):
    """Fails as a bug of the service would."""
    raise RuntimeError("a stack trace that nobody outside should see")


class Services:
    """All five services at one address. `now` and `next` say how methods misbehave; `calls` records
    the requests."""

    #: None for cleartext.
    credentials: grpc.ServerCredentials | None = None

    def __init__(self, port: int | None = None, credentials=None):
        self.credentials = credentials
        self.port = port or free_port()
        self.lock = threading.Lock()
        #: Method -> misbehaviours of its next calls, each once.
        self.next: dict[str, list] = collections.defaultdict(list)
        #: Method -> misbehaviour of every call.
        self.now: dict[str, object] = {}
        self.calls: list[tuple[str, object]] = []
        self.tier = api.ORGANIZATION_TIER_PAID
        self.releases: dict[str, tuple[str, str]] = {}
        self.statuses: dict[str, list[int]] = collections.defaultdict(list)
        #: Deployment -> commit of the one time that it was carried out.
        self.published: dict[str, str] = {}
        self.deleted: list[tuple[str, int]] = []
        self.builds: dict[str, str] = {}
        self.server = None
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def flags(self, *names: str) -> list[str]:
        """The flags that make trackd use the services."""
        prefix = "tls:" if self.credentials else ""
        return [word for name in names or FLAGS for word in (name, prefix + self.address)]

    def start(self) -> None:
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(32),
                                  options=[("grpc.so_reuseport", 0)])
        by_service = collections.defaultdict(dict)
        for method, service in METHODS.items():
            request = getattr(api, method + "Request")
            by_service[service][method] = grpc.unary_unary_rpc_method_handler(
                self.handler(method), request_deserializer=request.FromString,
                response_serializer=lambda raw: raw)
        for service, handlers in by_service.items():
            self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
                PACKAGE + service, handlers)])
        deadline = time.monotonic() + 10
        while self._add_port() == 0:
            assert time.monotonic() < deadline, "the port is taken"
            time.sleep(0.05)
        self.server.start()

    def _add_port(self) -> int:
        if self.credentials:
            return self.server.add_secure_port(self.address, self.credentials)
        return self.server.add_insecure_port(self.address)

    def stop(self) -> None:
        """Stops the services and closes all connections."""
        if self.server:
            self.server.stop(None).wait()
            self.server = None

    def handler(self, method: str):
        def handle(request, context):
            with self.lock:
                self.calls.append((method, request))
                waiting = self.next[method]
                behave = waiting.pop(0) if waiting else self.now.get(method)

            def answer():
                with self.lock:
                    return getattr(self, method)(request, context)

            if behave is None:
                return answer().SerializeToString()
            return behave(answer, context)
        return handle

    def count(self, method: str) -> int:
        with self.lock:
            return sum(name == method for name, _ in self.calls)

    def told(self, deployment: str) -> list[int]:
        """The statuses of a deployment that release management got."""
        with self.lock:
            return list(self.statuses[deployment])

    # The good answers.

    def CreateReleases(self, request, context):
        response = api.CreateReleasesResponse()
        for order in request.releases:
            ids = self.releases.setdefault(
                order.deployment_id, (f"rel-{order.image.image_id}", f"dep-{len(self.releases)}"))
            response.results.add(deployment_id=order.deployment_id, release=api.CreatedRelease(
                release_mgt_release_id=ids[0], release_mgt_deployment_id=ids[1]))
        # The contract allows any order.
        response.results.reverse()
        return response

    def UpdateDeploymentStatuses(self, request, context):
        response = api.UpdateDeploymentStatusesResponse()
        for update in request.updates:
            self.statuses[update.deployment_id].append(update.status)
            response.results.add(deployment_id=update.deployment_id)
        return response

    def Deploy(self, request, context):
        response = api.DeployResponse()
        for order in request.orders:
            one = order.deployment.id
            commit = self.published.setdefault(one, f"commit-{len(self.published)}")
            response.results.add(deployment_id=one, receipt=api.DeployReceipt(gitops_hash=commit))
        response.results.reverse()
        return response

    def GetReceipt(self, request, context):
        commit = self.published.get(request.deployment_id)
        return api.GetReceiptResponse(
            receipt=api.DeployReceipt(gitops_hash=commit) if commit else None)

    def DeleteComponentResources(self, request, context):
        self.deleted.append((request.deployment_track.id, request.step))
        return api.DeleteComponentResourcesResponse()

    def GetTier(self, request, context):
        return api.GetTierResponse(tier=self.tier)

    def GetBuildStatusByDeploymentTrack(self, request, context):
        response = api.GetBuildStatusByDeploymentTrackResponse()
        for run in request.run_ids:
            if run in self.builds:
                response.builds.add(run_id=run, status=self.builds[run],
                                    built_at={"seconds": 1_700_000_500})
        return response

    def GetCommitHistory(self, request, context):
        response = api.GetCommitHistoryResponse()
        for commit in request.commit_hashes:
            response.commits.add(commit_hash=commit, message=f"what {commit[:4]} does",
                                 author=api.Author(
                                     name="Ada", email="ada@example.org",
                                     date={"seconds": 1_700_000_000},
                                     avatar_url="https://a.example/1"))
        return response


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class RawService:
    """A peer that is no proper server: treats every connection, or every request on it, in the same
    wrong way."""

    def __init__(self, behaviour: str):
        self.behaviour = behaviour
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        try:
            if self.behaviour == "closes":
                connection.close()
            elif self.behaviour == "speaks HTTP/1":
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            elif self.behaviour != "says nothing":
                self.answer_requests(connection)
        except OSError:
            pass

    def answer_requests(self, connection: socket.socket) -> None:
        connection.sendall(raw_h2.settings_frame())
        pending = b""
        while chunk := connection.recv(65536):
            pending += chunk
            if pending.startswith(raw_h2.PREFACE[:len(pending)][:24]):
                pending = pending[len(raw_h2.PREFACE):] if len(pending) >= 24 else pending
            while len(pending) >= 9:
                size = int.from_bytes(pending[:3], "big")
                if len(pending) < 9 + size:
                    break
                kind, flags = pending[3], pending[4]
                stream = int.from_bytes(pending[5:9], "big")
                pending = pending[9 + size:]
                if kind == raw_h2.SETTINGS and not flags & raw_h2.ACK:
                    connection.sendall(raw_h2.frame(raw_h2.SETTINGS, raw_h2.ACK, 0))
                elif kind == raw_h2.DATA and flags & raw_h2.END_STREAM:
                    self.answer(connection, stream)

    def answer(self, connection: socket.socket, stream: int) -> None:
        head = raw_h2.literal(b":status", b"200") + raw_h2.literal(
            b"content-type", b"application/grpc")
        headers = raw_h2.frame(raw_h2.HEADERS, raw_h2.END_HEADERS, stream, head)
        body = raw_h2.frame(raw_h2.DATA, 0, stream, raw_h2.message(b"\x08\x02")[:6])
        if self.behaviour == "resets streams":
            connection.sendall(raw_h2.rst(stream, 2))
        elif self.behaviour == "resets within the answer":
            connection.sendall(headers + body + raw_h2.rst(stream, 2))
        elif self.behaviour == "goes within the answer":
            connection.sendall(headers + body)
            connection.close()
        elif self.behaviour == "goes away":
            connection.sendall(raw_h2.frame(raw_h2.GOAWAY, 0, 0, bytes(8)))
            connection.close()
        elif self.behaviour == "answers without a status":
            connection.sendall(headers + raw_h2.frame(raw_h2.DATA, raw_h2.END_STREAM, stream,
                                                      raw_h2.message(b"\x08\x02")))
        elif self.behaviour == "is a web server":
            page = raw_h2.literal(b":status", b"404") + raw_h2.literal(
                b"content-type", b"text/html")
            connection.sendall(raw_h2.frame(raw_h2.HEADERS, raw_h2.END_HEADERS | raw_h2.END_STREAM,
                                            stream, page))
        else:
            raise AssertionError(self.behaviour)

    def stop(self) -> None:
        # shutdown wakes the thread that accepts.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.close()


RAW_BEHAVIOURS = (
    "closes", "speaks HTTP/1", "says nothing", "resets streams", "resets within the answer",
    "goes within the answer", "goes away", "answers without a status", "is a web server",
)

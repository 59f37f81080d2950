"""A trackd with tokens and a policy, and clients who call it under different names."""

import contextlib
import hashlib
import os
import signal

import grpc
import yaml

from . import tokens, waiting
from .client import Client
from .server import Server

ALL = ["read", "save", "write", "deploy", "rollback", "bypass", "administer"]


class Named(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends a bearer token with every call."""

    def __init__(self, token: str):
        self.token = token

    def _details(self, details):
        metadata = [*(details.metadata or []), *tokens.bearer(self.token)]
        return details._replace(metadata=metadata)

    def intercept_unary_unary(self, go_on, details, request):
        return go_on(self._details(details), request)

    def intercept_unary_stream(self, go_on, details, request):
        return go_on(self._details(details), request)


class NamedClient(Client):
    """Calls with a token."""

    def __init__(self, address: str, token: str):
        super().__init__(address)
        self.token = token
        channel = grpc.intercept_channel(self.channel, Named(token))
        from .stubs import api
        self.raw = channel
        self.catalog = api.CatalogServiceStub(channel)
        self.tracks = api.DeploymentTrackServiceStub(channel)
        self.access = api.AccessServiceStub(channel)
        self.diagnostics = api.DiagnosticsServiceStub(channel)
        self.audit = api.AuditServiceStub(channel)


def token_of(name: str) -> str:
    return "trackd_" + hashlib.sha256(name.encode()).hexdigest()[:43]


def binding(role: str, name: str, **scope) -> dict:
    return {"role": role, "principals": [f"token:{name}"], "scope": scope or "all"}


class Guarded:
    """A trackd whose callers have tokens: `admin` may do everything."""

    def __init__(self, folder, names, bindings=(), *arguments: str):
        self.policy = folder / "policy.yaml"
        self.tokens = folder / "tokens"
        self.tokens.write_text("".join(tokens.line(n, token_of(n)) for n in ["admin", *names]))
        os.chmod(self.tokens, 0o600)
        self.bindings = list(bindings)
        self.write(self.bindings)
        self.server = Server(folder / "data", "--auth-tokens", str(self.tokens), "--policy",
                             str(self.policy), *arguments)
        self.clients: list[NamedClient] = []

    def write(self, bindings, roles=None, acting=()) -> None:
        own = {"all": ALL, **{verb: [verb] for verb in ALL},
               "ci": ["read", "save"], "operator": ["read", "deploy", "rollback"], **(roles or {})}
        policy = {"roles": own, "bindings": [binding("all", "admin"), *bindings]}
        if acting:
            policy["may_act_for_others"] = {"principals": [f"token:{name}" for name in acting]}
        text = yaml.safe_dump(policy, sort_keys=False)
        new = self.policy.with_suffix(".new")
        new.write_text(text)
        os.chmod(new, 0o644)
        new.rename(self.policy)

    def change(self, bindings, acting=()) -> None:
        """Puts another policy in force, and waits until it is. `acting` may act for others."""
        before = self.server.log().count("the policy has changed")
        self.write(bindings, acting=acting)
        os.kill(self.server.pid, signal.SIGHUP)
        waiting.until(lambda: self.server.log().count("the policy has changed") > before)

    def client(self, name: str) -> NamedClient:
        self.clients.append(NamedClient(self.server.address, token_of(name)))
        return self.clients[-1]

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.server.stop()


@contextlib.contextmanager
def guarded(folder, names, bindings=(), *arguments: str):
    one = Guarded(folder, names, bindings, *arguments)
    try:
        yield one
    finally:
        one.stop()

"""Short forms of watch calls."""

import grpc

from .stubs import api

WATCH = "/deploymenttrack.v1.DeploymentTrackService/WatchDeploymentTracks"


def request(component="", project="", token=""):
    return api.WatchDeploymentTracksRequest(component_id=component, project_id=project,
                                            resume_token=token)


def watch(client, component="", project="", token="", timeout=60):
    return client.tracks.WatchDeploymentTracks(request(component, project, token), timeout=timeout)


def take(call, count: int) -> list:
    """The next messages of a watch."""
    return [next(call) for _ in range(count)]


def resume(client, component="", project="", token="", **options):
    """Resumes a watch behind a token, and waits for its first message."""
    call = watch(client, component, project, token, **options)
    first = next(call)
    assert first.resume_token and not first.HasField("change")
    return call


def state(call) -> tuple[list, str]:
    """The first messages of a new watch: the existing resources, and the token."""
    found = []
    for response in call:
        if response.resume_token:
            assert not response.HasField("change")
            return found, response.resume_token
        assert response.change.type == api.CHANGE_TYPE_EXISTING
        assert not response.change.HasField("changed_at")
        found.append(response.change)
    raise AssertionError("the watch ended within the state")


def words(response) -> str:
    """`created v1.0`: the kind of the change, and the track."""
    if not response.HasField("change"):
        return "token"
    kind = api.ChangeType.Name(response.change.type).removeprefix("CHANGE_TYPE_").lower()
    which = response.change.WhichOneof("resource")
    name = response.change.deployment_track.api_version if which == "deployment_track" else which
    return f"{kind} {name}"


def end(call):
    """The status with which a watch ends."""
    try:
        for _ in call:
            pass
    except grpc.RpcError as error:
        return error
    raise AssertionError("the watch ended without an error")

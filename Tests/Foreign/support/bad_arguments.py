"""What is wrong in a request that is well formed on the wire, one function per row of the README's table.

Each takes a client and a component that has one track, v1.0, and gives the answers it got.
"""

from .errors import answer_of
from .stubs import api

BAD_ARGUMENTS = {}


def bad(name: str):
    """Registers a function as the one that tries this row of the table."""
    def register(function):
        assert name not in BAD_ARGUMENTS
        BAD_ARGUMENTS[name] = function
        return function
    return register


def creating(client, component, **fields) -> str:
    fields = {"api_version": "v7.7", **fields}
    return answer_of(lambda: client.tracks.CreateDeploymentTrack(
        api.CreateDeploymentTrackRequest(component_id=component, **fields), timeout=10))


def listing(client, component, **fields) -> str:
    return answer_of(lambda: client.tracks.ListDeploymentTracks(
        api.ListDeploymentTracksRequest(component_id=component, **fields), timeout=10))


def updating(client, component, *paths, **fields) -> str:
    (track,) = client.list(component)
    request = api.UpdateDeploymentTrackRequest(
        component_id=component, deployment_track_id=track.id, **fields)
    request.update_mask.paths.extend(paths)
    return answer_of(lambda: client.tracks.UpdateDeploymentTrack(request, timeout=10))


@bad("an invalid version")
def version(client, component):
    texts = ["v1", "1.0", "V1.0", "v1.0.0", "v01.0", "v1.00", "v-1.0", " v1.0", "v1.0 ", "v1.0\n", "v1.0\0", "v1,0",
             "v2147483648.0", "v1.2147483648", "v99999999999999999999.1", "v.", "v1.", "v.1", "vv1.0", "v１.0"]
    return [creating(client, component, api_version=text) for text in texts]


@bad("an invalid branch")
def branch(client, component):
    texts = ["%", "%2", "%zz", "%%", "a..b", "/a", "a/", "a//b", "a.lock", "a/b.lock/c", ".a", "a/.b", "a.", "@", "a@{b",
             "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a%00b", "a%7Fb", "a%0Ab", "%2e%2e", "%ff", "-a"]
    return [creating(client, component, branch=text) for text in texts]


@bad("an invalid id")
def identifier(client, component):
    texts = ["-a", "a-", "A", "a_b", "a b", "1a", "a" * 64, "é", "a\0", "../a", "a/b"]
    return [creating(client, component, id=text) for text in texts]


@bad("an invalid page token")
def page_token(client, component):
    answers = [listing(client, component, page_token=text)
               for text in ("nonsense", "AAAA", "=", "a" * 5000, "\0", "é")]
    for number in range(1, 4):
        client.create(component, f"v8.{number}")
    token = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
        component_id=component, page_size=1), timeout=10).next_page_token
    assert token
    for fields in ({"order_by": "created_at"}, {"filter": "latest = true"}):
        answers.append(listing(client, component, page_token=token, **fields))
    answers.append(listing(client, component, page_token=token[:-2]))
    other = client.put_component()
    answers.append(listing(client, other, page_token=token))
    return answers


@bad("a negative page size")
def page_size(client, component):
    return [listing(client, component, page_size=size) for size in (-1, -2**31)]


@bad("an invalid filter")
def filter_text(client, component):
    texts = ["nonsense", "branch", "branch =", "= main", "unknown = 1", 'branch = "main', "latest = maybe",
             "created_at > yesterday", "api_version = 1.0", 'branch = "a" OR branch = "b"', "latest = true AND",
             "AND latest = true", "latest == true", "(latest = true)", "\0", "latest = true latest = false"]
    return [listing(client, component, filter=text) for text in texts]


@bad("an invalid order")
def order(client, component):
    texts = ["nonsense", "api_version upward", "created_at,", ",", "branch", "api_version desc desc", "\0"]
    return [listing(client, component, order_by=text) for text in texts]


@bad("a mask that names an unknown field")
def unknown_mask(client, component):
    return [updating(client, component, *paths, description="x") for paths in (
        ("nonsense",), ("description", "nonsense"), ("",), ("description.x",), ("Description",), ("*", "description"))]


@bad("a mask that names an immutable field")
def immutable_mask(client, component):
    return [updating(client, component, path, description="x")
            for path in ("id", "component_id", "api_version", "latest", "created_at", "etag")]


@bad("an over-long text")
def long_text(client, component):
    return [creating(client, component, description="d" * 100_000),
            creating(client, component, description="é" * 100_000),
            updating(client, component, "description", description="d" * 100_000)]


@bad("an invalid request id")
def request_id(client, component):
    texts = ["nonsense", "1", "00000000-0000-0000-0000-00000000000", "g0000000-0000-4000-8000-000000000000", "a" * 1000]
    return [creating(client, component, request_id=text) for text in texts]

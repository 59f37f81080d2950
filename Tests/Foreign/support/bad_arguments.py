"""Wrong input in requests that are well formed on the wire: one function for each row of the table
of bad input.

Each function takes a client and a component with one track, v1.0, and returns the answers.
"""

from .errors import answer_of
from .stubs import api
from .watch import state, watch

BAD_ARGUMENTS = {}


def bad(name: str):
    """Registers a function as the test of this row of the table."""
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


def answer_of_track(client, component, method, **fields) -> str:
    """The answer of a method about the component's track."""
    (track,) = client.list(component)
    request = getattr(api, method + "Request")(**{"component_id": component,
                                                  "deployment_track_id": track.id, **fields})
    return answer_of(lambda: getattr(client.tracks, method)(request, timeout=10))


def configuring(client, component, *paths, **fields) -> str:
    return answer_of_track(client, component, "UpdateDeploymentTrackConfigs",
                           update_mask={"paths": list(paths)}, **fields)


def saving(client, component, *cleared, **fields) -> str:
    found = client.catalog.GetComponent(api.GetComponentRequest(component_id=component),
                                        timeout=10).component
    project = client.catalog.GetProject(api.GetProjectRequest(project_id=found.project_id),
                                        timeout=10).project
    fields = {"organization_id": project.organization_id, "project_id": project.id, "run_id": "run",
              "git_hash": "ab" * 20, "git_hash_commit_timestamp": {"seconds": 1_700_000_000},
              "images": [api.ContainerImage(name="app", reference="registry.example/app:1")],
              **fields}
    return answer_of_track(client, component, "SaveDeploymentTrackImage",
                           **{name: value for name, value in fields.items() if name not in cleared})


def deploying(client, component, **fields) -> list[str]:
    """The answers of a deployment and of a rollback."""
    fields = {"image_id": "00000000-0000-4000-8000-000000000000", **fields}
    return [answer_of_track(client, component, method, **fields)
            for method in ("DeployDeploymentTrack", "RollBackDeploymentTrack")]


@bad("an invalid version")
def version(client, component):
    texts = ["v1", "1.0", "V1.0", "v1.0.0", "v01.0", "v1.00", "v-1.0", " v1.0", "v1.0 ", "v1.0\n",
             "v1.0\0", "v1,0", "v2147483648.0", "v1.2147483648", "v99999999999999999999.1", "v.",
             "v1.", "v.1", "vv1.0", "v１.0"]
    return [creating(client, component, api_version=text) for text in texts]


@bad("an invalid branch")
def branch(client, component):
    texts = ["%", "%2", "%zz", "%%", "a..b", "/a", "a/", "a//b", "a.lock", "a/b.lock/c", ".a",
             "a/.b", "a.", "@", "a@{b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a%00b",
             "a%7Fb", "a%0Ab", "%2e%2e", "%ff", "-a"]
    return [creating(client, component, branch=text) for text in texts] + [
        saving(client, component, branch="main"),
        *(saving(client, component, deployment_track_id="", branch=text) for text in texts)]


@bad("an invalid id")
def identifier(client, component):
    texts = ["-a", "a-", "A", "a_b", "a b", "1a", "a" * 64, "é", "a\0", "../a", "a/b"]
    return [creating(client, component, id=text) for text in texts] + [
        answer for text in texts for answer in (
            saving(client, component, deployment_track_id=text),
            saving(client, component, environment_id=text),
            *deploying(client, component, image_id=text),
            *deploying(client, component, deployment_pipeline_id=text),
            *deploying(client, component, expected_current_deployment_id=text),
            answer_of_track(client, component, "GetDeployment", deployment_id=text),
            answer_of_track(client, component, "CancelDeployment", deployment_id=text),
            answer_of_track(client, component, "ResumeAutoDeploy", environment_id=text))]


@bad("an invalid page token")
def page_token(client, component):
    texts = ("nonsense", "AAAA", "=", "a" * 5000, "\0", "é")
    answers = [listing(client, component, page_token=text) for text in texts]
    for method in ("GetDeploymentTrackImages", "ListDeployments",
                   "ListDeploymentTrackConfigRevisions"):
        answers += [answer_of_track(client, component, method, page_token=text) for text in texts]
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


@bad("an invalid resume token")
def resume_token(client, component):
    def watching(component, token):
        return answer_of(lambda: next(watch(client, component, token=token, timeout=10)))

    answers = [watching(component, text) for text in ("nonsense", "AAAA", "=", "a" * 5000, "\0",
                                                      "é")]
    call = watch(client, component, timeout=10)
    _, token = state(call)
    call.cancel()
    answers += [watching(component, token[:-2]), watching("", token),
                watching(client.put_component(), token)]
    return answers


@bad("a negative page size")
def page_size(client, component):
    return [answer for size in (-1, -2**31) for answer in (
        listing(client, component, page_size=size),
        answer_of_track(client, component, "GetDeploymentTrackImages", page_size=size),
        answer_of_track(client, component, "ListDeployments", page_size=size),
        answer_of_track(client, component, "ListDeploymentTrackConfigRevisions", page_size=size))]


@bad("an invalid filter")
def filter_text(client, component):
    texts = ["nonsense", "branch", "branch =", "= main", "unknown = 1", 'branch = "main',
             "latest = maybe", "created_at > yesterday", "api_version = 1.0",
             'branch = "a" OR branch = "b"', "latest = true AND", "AND latest = true",
             "latest == true", "(latest = true)", "\0", "latest = true latest = false"]
    return [listing(client, component, filter=text) for text in texts]


@bad("an invalid order")
def order(client, component):
    texts = ["nonsense", "api_version upward", "created_at,", ",", "branch",
             "api_version desc desc", "\0"]
    return [listing(client, component, order_by=text) for text in texts]


@bad("a mask that names an unknown field")
def unknown_mask(client, component):
    return [updating(client, component, *paths, description="x") for paths in (
        ("nonsense",), ("description", "nonsense"), ("",), ("description.x",), ("Description",),
        ("*", "description"))] + [
        configuring(client, component, *paths) for paths in (
            ("api_settings.nonsense",), ("api_settings.",), ("endpoints.port",),
            ("environment_variables.A",), ("set_environment_variables",),
            ("api_settings.cors.allow_origins.x",), ("*", "api_settings.cors"))]


@bad("a mask that names an immutable field")
def immutable_mask(client, component):
    return [updating(client, component, path, description="x")
            for path in ("id", "component_id", "api_version", "latest", "created_at", "etag")] + [
        configuring(client, component, path) for path in ("branch", "etag", "config_revision")]


@bad("an over-long text")
def long_text(client, component):
    return [creating(client, component, description="d" * 100_000),
            creating(client, component, description="é" * 100_000),
            updating(client, component, "description", description="d" * 100_000)]


@bad("an invalid request id")
def request_id(client, component):
    texts = ["nonsense", "1", "00000000-0000-0000-0000-00000000000",
             "g0000000-0000-4000-8000-000000000000", "a" * 1000]
    return [answer for text in texts for answer in (
        creating(client, component, request_id=text), saving(client, component, request_id=text),
        *deploying(client, component, request_id=text),
        answer_of_track(client, component, "CancelDeployment", deployment_id="a", request_id=text),
        answer_of_track(client, component, "ResumeAutoDeploy", environment_id="a",
                        request_id=text))]


@bad("an invalid image")
def image(client, component):
    references = ["", " ", "App", "https://registry.example/app", "app:", "a//b", "app@sha256:0a",
                  "app:1:2", "$(id)", "host.example:65536/app", "[::1]:65536/app", "[::1/app",
                  "app@sha512:" + "0" * 64, "--privileged", "app\n", "a" * 600, "é"]
    digests = ["sha256:", "sha256:" + "g" * 64, "md5:" + "0" * 32, "0" * 64, "sha256:" + "0" * 65]
    names = ["-a", "a b", "a" * 64, "é", "a\0"]
    return [saving(client, component, images=images) for images in [
        [], [{"name": f"a{n}", "reference": "app"} for n in range(21)],
        [{"name": "a", "reference": "app"}] * 2, [{"reference": "app"}] * 2,
        *([{"reference": text}] for text in references),
        *([{"reference": "app", "digest": text}] for text in digests),
        *([{"name": text, "reference": "app"}] for text in names)]]


@bad("an invalid commit")
def commit(client, component):
    texts = ["abc1234", "HEAD", "main", "g" * 40, "a" * 41, "--upload-pack=id", "a" * 5000,
             "ab" * 19 + "\0a"]
    times = [{"seconds": -1}, {"seconds": 2**62}, {"seconds": 1, "nanos": -1},
             {"seconds": 4_000_000_000}]
    answers = [saving(client, component, git_hash=text) for text in texts]
    answers += [saving(client, component, gitops_hash=text) for text in texts]
    answers += [saving(client, component, git_hash_commit_timestamp=time) for time in times]
    answers += [saving(client, component, name)
                for name in ("git_hash", "git_hash_commit_timestamp")]
    for method in ("ApplyComponentConfig", "GetMigratedSrcConfigContent"):
        answers += [answer_of_track(client, component, method, commit_hash=text)
                    for text in ("HEAD", "main", "abc", "--all", "g" * 40, "a" * 65, "a" * 5000,
                                 "ab\0")]
    return answers


@bad("an invalid run")
def run(client, component):
    return [saving(client, component, run_id=text)
            for text in ("", "a" * 256, "a\nb", "a\0", "a" * 100_000)]


@bad("an invalid port or path of an image")
def port_and_path(client, component):
    ports = [[0], [-1], [65536], [2**31 - 1], [80, 80], list(range(1, 52))]
    paths = ["/etc/passwd", "..", "a/../../b", "a\0", "a\nb", "a" * 1025]
    return [saving(client, component, image_ports=numbers) for numbers in ports] + [
        saving(client, component, api_definition_path=path) for path in paths]


@bad("one release id without the other")
def release(client, component):
    return [answer for fields in ({"release_mgt_release_id": "r"},
                                  {"release_mgt_deployment_id": "d"})
            for answer in deploying(client, component, **fields)]


@bad("an over-long reason")
def reason(client, component):
    return [answer for field in ("reason", "bypass_reason")
            for text in ("r" * 1025, "é" * 100_000, "a\0b")
            for answer in deploying(client, component, **{field: text})]


@bad("an invalid environment variable")
def environment_variable(client, component):
    def one(**fields):
        return {"name": "A", "value": "x", **fields}
    return [answer_of_track(client, component, "UpdateDeploymentTrackConfigs", **fields)
            for fields in (
                *({kind: [variable]} for kind in ("environment_variables",
                                                  "set_environment_variables") for variable in (
                                                      one(name=""), one(name="1"), one(name="a-b"),
                                                      one(name="A" * 256), one(value="x" * 4097),
                                                      one(value="\0"), {"name": "A"}, one(origin=2),
                                                      {"name": "A", "connection_ref": {
                                                          "name": "A", "key": "k"}})),
                {"set_environment_variables": [one(), one()]},
                {"set_environment_variables": [one(name=f"A{n}") for n in range(201)]},
                {"remove_environment_variables": ["A", "A"]},
                {"remove_environment_variables": [""]},
                {"remove_environment_variables": ["a" * 100_000]},
                {"remove_environment_variables": [f"A{n}" for n in range(201)]},
                {"set_environment_variables": [one()], "remove_environment_variables": ["A"]},
                {"set_environment_variables": [one()], "environment_variables": [one(name="B")]})]


@bad("an invalid number of a configuration")
def config_revision(client, component):
    return [answer_of_track(client, component, "GetDeploymentTrackConfigs", config_revision=number)
            for number in (-1, -2**31)]


@bad("invalid API settings")
def api_settings(client, component):
    settings = [{"security_schemes": ["BASIC"]}, {"security_schemes": ["OAUTH", "OAUTH"]},
                {"rate_limit_tier": "LEAD"}, {"authorization_header": "a" * 256},
                {"backend_jwt": {"audiences": ["a"] * 21}},
                {"operation_policies": [{"target": "", "authentication_type": "NONE"}]},
                {"operation_policies": [{"target": "GET /", "authentication_type": "BASIC"}]},
                {"cors": {"allow_origins": ["a"] * 51}}]
    return [answer for one in settings for answer in (
        *deploying(client, component, api_settings=one),
        answer_of_track(client, component, "UpdateDeploymentTrackConfigs", api_settings=one))]

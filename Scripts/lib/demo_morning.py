"""Plays Scripts/demo-data/organization.json into a trackd and compares what it reads back. See
Scripts/demo."""

import json
import pathlib
import urllib.parse

import grpc
from google.protobuf import json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support.errors import Refusal
from support.stubs import api

ROOT = pathlib.Path(__file__).resolve().parents[2]
WANTED = json.loads((ROOT / "Scripts" / "demo-data" / "organization.json").read_text())
TIMEOUT = 10


def message(kind, content: dict):
    """A message from its JSON form, as the file has it."""
    return json_format.ParseDict(content, kind())


def content(message, *without: str) -> dict:
    """A message in the JSON form of the file, without some fields."""
    fields = json_format.MessageToDict(message)
    return {name: value for name, value in fields.items() if name not in without}


def full_track(track: dict) -> dict:
    """A track as it is read back: empty values are not there."""
    return {name: value for name, value in track.items() if value not in ("", False, [])}


class Demo:
    def __init__(self, channel):
        self.catalog = api.CatalogServiceStub(channel)
        self.tracks = api.DeploymentTrackServiceStub(channel)
        self.health = health_pb2_grpc.HealthStub(channel)

    def play(self) -> None:
        reply = self.health.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT,
                                  wait_for_ready=True)
        assert reply.status == health_pb2.HealthCheckResponse.SERVING, "the server is not serving"
        self.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=message(api.Organization, WANTED["organization"])), timeout=TIMEOUT)
        self.catalog.PutProject(api.PutProjectRequest(
            project=message(api.Project, WANTED["project"])), timeout=TIMEOUT)
        for environment in WANTED["environments"]:
            self.catalog.PutEnvironment(api.PutEnvironmentRequest(
                environment=message(api.Environment, environment)), timeout=TIMEOUT)
        self.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
            deployment_pipeline=message(api.DeploymentPipeline,
                                        WANTED["deployment_pipeline"])), timeout=TIMEOUT)
        for entry in WANTED["components"]:
            self.catalog.PutComponent(api.PutComponentRequest(
                component=message(api.Component, entry["component"])), timeout=TIMEOUT)
            for track in entry["tracks"]:
                self.play_track(entry["component"]["id"], track)

    def play_track(self, component: str, track: dict) -> None:
        """Creates a track, or finds it there from an earlier run, and gives it its endpoints."""
        try:
            id = self.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
                component_id=component, api_version=track["apiVersion"],
                description=track["description"],
                branch=urllib.parse.quote(track["branch"], safe=""),
                auto_deploy_enabled=track["auto_deploy_enabled"]),
                timeout=TIMEOUT).deployment_track.id
            print(f"{component} {track['apiVersion']}: created")
        except grpc.RpcError as error:
            refusal = Refusal()
            refusal.fill(error)
            if refusal.reason != "API_VERSION_EXISTS":
                raise
            found = self.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                component_id=component,
                filter=f"api_version = {track['apiVersion']}"), timeout=TIMEOUT)
            id = found.deployment_tracks[0].id
            print(f"{component} {track['apiVersion']}: was there")
        self.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
            component_id=component, deployment_track_id=id, update_mask={"paths": ["endpoints"]},
            endpoints=[message(api.Endpoint, one) for one in track["endpoints"]]), timeout=TIMEOUT)

    def read_back(self) -> dict:
        """Everything that the file says, as the server has it now."""
        project = WANTED["project"]["id"]
        components = []
        for entry in WANTED["components"]:
            id = entry["component"]["id"]
            listed = self.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                component_id=id, order_by="created_at asc"), timeout=TIMEOUT).deployment_tracks
            for track in listed:
                one = self.tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest(
                    component_id=id, deployment_track_id=track.id),
                    timeout=TIMEOUT).deployment_track
                assert one == track, f"Get and List differ on {track.api_version}"
            latest = [t.api_version for t in listed if t.latest]
            assert latest == [
                entry["tracks"][-1]["apiVersion"]], f"the latest tracks of {id} are {latest}"
            components.append({
                "component": content(self.catalog.GetComponent(
                    api.GetComponentRequest(component_id=id), timeout=TIMEOUT).component),
                "tracks": [content(t, "id", "component_id", "version_strategy", "latest",
                                   "config_revision", "etag", "created_at", "updated_at",
                                   "created_by") for t in listed],
            })
        environments = self.catalog.ListEnvironments(
            api.ListEnvironmentsRequest(project_id=project), timeout=TIMEOUT).environments
        return {
            "organization": content(self.catalog.GetOrganization(api.GetOrganizationRequest(
                organization_id=WANTED["organization"]["id"]), timeout=TIMEOUT).organization),
            "project": content(self.catalog.GetProject(
                api.GetProjectRequest(project_id=project), timeout=TIMEOUT).project),
            "environments": [content(e) for e in environments],
            "deployment_pipeline": content(self.catalog.GetDeploymentPipeline(
                api.GetDeploymentPipelineRequest(
                    deployment_pipeline_id=WANTED["deployment_pipeline"]["id"]),
                timeout=TIMEOUT).deployment_pipeline),
            "components": components,
        }


def differences(wanted, found, path="") -> list[str]:
    """Where two JSON values differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [line for key in sorted({*wanted, *found})
                for line in differences(wanted.get(key), found.get(key),
                                        f"{path}.{key}" if path else key)]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [line for index, pair in enumerate(zip(wanted, found))
                for line in differences(*pair, f"{path}[{index}]")]
    return [] if wanted == found else [f"{path}: the file says {wanted!r}, the server {found!r}"]


def wanted() -> dict:
    """The file, in the form in which it is read back."""
    return {
        **WANTED,
        "environments": sorted(WANTED["environments"], key=lambda e: e["id"]),
        "components": [{**entry, "tracks": [full_track(t) for t in entry["tracks"]]}
                       for entry in WANTED["components"]],
    }


def run(address: str) -> list[str]:
    """Plays it; gives what is not as the file says."""
    with grpc.insecure_channel(address) as channel:
        demo = Demo(channel)
        demo.play()
        found = demo.read_back()
    lines = differences(wanted(), found)
    if not lines:
        tracks = sum(len(entry["tracks"]) for entry in found["components"])
        print(f"{len(found['components'])} services with {tracks} tracks are as the file says")
    return lines

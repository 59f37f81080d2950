"""Stubs of one channel, and the calls with which most tests begin."""

import itertools
import uuid

import grpc
from grpc_health.v1 import health_pb2_grpc

from .stubs import api

_numbers = itertools.count(1)


def unique(kind: str) -> str:
    """An id that is used nowhere else."""
    return f"{kind}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


class Client:
    """Stubs of one channel."""

    def __init__(self, address: str, options=(), credentials=None):
        options = list(options)
        self.address = address
        self.channel = (grpc.secure_channel(address, credentials, options=options) if credentials
                        else grpc.insecure_channel(address, options=options))
        self.catalog = api.CatalogServiceStub(self.channel)
        self.tracks = api.DeploymentTrackServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def close(self) -> None:
        self.channel.close()

    def put_component(self, *, tier="PAID", type="SERVICE", image_source="BUILD", **fields):
        """Creates a component with a project and an organization. Returns its id."""
        org, project, component = (unique(kind) for kind in ("org", "prj", "cmp"))
        tier = getattr(api, f"ORGANIZATION_TIER_{tier}")
        self.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id=org, tier=tier)), timeout=10)
        self.catalog.PutProject(api.PutProjectRequest(
            project=api.Project(id=project, organization_id=org)), timeout=10)
        self.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
            id=component, project_id=project,
            type=getattr(api, f"COMPONENT_TYPE_{type}"),
            image_source=getattr(api, f"IMAGE_SOURCE_{image_source}"), **fields)), timeout=10)
        return component

    def create(self, component: str, version="", **fields):
        """Creates a track of a component."""
        return self.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=component, api_version=version, **fields), timeout=10).deployment_track

    def get(self, component: str, track: str):
        return self.tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest(
            component_id=component, deployment_track_id=track), timeout=10).deployment_track

    def list(self, component: str, **fields):
        """All tracks of a component, from all pages."""
        found, token = [], ""
        for _ in range(10_000):
            page = self.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                component_id=component, page_token=token, **fields), timeout=30)
            found += page.deployment_tracks
            token = page.next_page_token
            if not token:
                return found
        raise AssertionError("a list without an end")

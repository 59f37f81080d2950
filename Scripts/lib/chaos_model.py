"""What the server of Scripts/chaos has acknowledged, and whether that is what it says in the
end."""

import collections
import threading
import time

from support.agreement import disagreements
from support.client import Client
from support.gitops import Repository
from support.shop import Shop
from support.stubs import api

FINAL = (api.DEPLOYMENT_STATE_SUCCEEDED, api.DEPLOYMENT_STATE_FAILED,
         api.DEPLOYMENT_STATE_CANCELLED, api.DEPLOYMENT_STATE_SUPERSEDED)


class Model:
    """Written by many threads: each key by one of them."""

    def __init__(self):
        #: The tracks of each component that only one worker changes: id -> (version, description).
        self.tracks: dict[str, dict[str, tuple[str, str]]] = collections.defaultdict(dict)
        #: What a watcher, by its name, has been told of such a component: the same.
        self.watched: dict[tuple[str, str], dict[str, tuple[str, str]]] = (
            collections.defaultdict(dict))
        #: Acknowledged deployments: id -> track.
        self.deployments: dict[str, str] = {}
        #: Those of them whose cancellation was acknowledged.
        self.cancelled: set[str] = set()
        #: Deployments of tracks that were deleted.
        self.gone: set[str] = set()
        #: Acknowledged images: id -> track.
        self.images: dict[str, str] = {}
        self.counts: collections.Counter = collections.Counter()
        #: When writes were acknowledged, by time.monotonic.
        self.acknowledged: list[float] = []
        self._lock = threading.Lock()
        self._troubles: list[str] = []

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def acknowledge(self, what: str) -> None:
        self.count(what)
        self.acknowledged.append(time.monotonic())

    def trouble(self, text: str) -> None:
        """Something is not as it must be."""
        with self._lock:
            self._troubles.append(text)
        print(f"   {time.strftime('%T')} ! {text[:2000]}", flush=True)

    @property
    def troubles(self) -> list[str]:
        with self._lock:
            return list(self._troubles)


class Check:
    """Compares, once nothing goes on any more. What does not agree becomes a trouble of the
    model."""

    def __init__(self, model: Model, shops: list[Shop], clients: list[Client],
                 repositories: dict[str, Repository]):
        """`clients` are of each server; `repositories` go by the URL that an environment names."""
        self.model, self.shops, self.clients, self.repositories = (
            model, shops, clients, repositories)

    def run(self, removed_from: str) -> None:
        """`removed_from` is the component whose tracks were deleted while they were deployed."""
        for what in (self.tracks, self.images, self.deployments):
            try:
                what()
            except Exception as error:  # noqa: BLE001: one check must not hide the next
                self.model.trouble(f"{what.__name__} cannot be compared: {error!r}")
        for repository in self.repositories.values():
            for path in repository.files():
                if f" {removed_from}/" in path or f"/{removed_from}/" in path:
                    self.model.trouble(f"{path} is still there, its track was deleted")
            repository.check_integrity()

    def tracks(self) -> None:
        for component, wanted in self.model.tracks.items():
            for client in self.clients:
                stored = {one.id: (one.api_version, one.description)
                          for one in client.list(component)}
                for id in sorted({*wanted, *stored}):
                    if wanted.get(id) != stored.get(id):
                        self.model.trouble(
                            f"track {id} of {component}: acknowledged {wanted.get(id)}, "
                            f"stored {stored.get(id)}")
        for (name, component), seen in self.model.watched.items():
            if (wanted := self.model.tracks[component]) != seen:
                wrong = {id: (wanted.get(id), seen.get(id)) for id in sorted({*wanted, *seen})
                         if wanted.get(id) != seen.get(id)}
                self.model.trouble(f"{name} of {component} was told something else than was "
                                   f"acknowledged of {len(wrong)} tracks: {wrong}")

    def compare(self, kind: str, stored: set[str], acknowledged: set[str]) -> None:
        """What is stored is what was acknowledged: nothing was done a second time."""
        if lost := acknowledged - stored:
            self.model.trouble(f"{len(lost)} {kind} were acknowledged and are lost, such as "
                               f"{sorted(lost)[0]}")
        if extra := stored - acknowledged:
            self.model.trouble(f"{len(extra)} {kind} are there that nobody was told of, such as "
                               f"{sorted(extra)[0]}")

    def images(self) -> None:
        stored = {one.image_id for shop in self.shops for track in shop.tracks
                  for one in self.listed_images(shop, track)}
        self.compare("images", stored, {
            *self.model.images,
            *(id for shop in self.shops for ids in shop.images.values() for id in ids)})

    def listed_images(self, shop: Shop, track: str) -> list:
        found, token = [], ""
        while True:
            page = shop.client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
                component_id=shop.component, deployment_track_id=track, page_size=1000,
                page_token=token), timeout=30)
            found += page.images
            token = page.next_page_token
            if not token:
                return found

    def deployments(self) -> None:
        histories = {(shop.component, track): history
                     for shop in self.shops for track, history in shop.settled(120).items()}
        stored = {one.id: one for history in histories.values() for one in history}
        self.compare("deployments", set(stored), set(self.model.deployments))
        for one in stored.values():
            self.model.count(
                "  "
                f"{api.DeploymentState.Name(one.state).removeprefix('DEPLOYMENT_STATE_').lower()}")
        for id in sorted(self.model.cancelled & set(stored)):
            if stored[id].state != api.DEPLOYMENT_STATE_CANCELLED:
                self.model.trouble(f"deployment {id} was cancelled, and is {stored[id].state}")
        urls = {one.environment_id: self.url(one.environment_id) for one in stored.values()}
        for url, repository in self.repositories.items():
            there = {place: [one for one in history if urls[one.environment_id] == url]
                     for place, history in histories.items()}
            for text in disagreements(repository, there, self.model.gone):
                self.model.trouble(text)

    def url(self, environment: str) -> str:
        return self.clients[0].catalog.GetEnvironment(
            api.GetEnvironmentRequest(environment_id=environment), timeout=10
        ).environment.gitops_repository_url

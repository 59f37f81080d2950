"""What the server of Scripts/chaos has acknowledged, and whether that is what it says in the
end."""

import collections
import pathlib
import threading

from support.agreement import disagreements
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
        #: What a watch says of such a component: the same.
        self.watched: dict[str, dict[str, tuple[str, str]]] = collections.defaultdict(dict)
        #: Acknowledged deployments: id -> track.
        self.deployments: dict[str, str] = {}
        #: Deployments of tracks that were deleted.
        self.gone: set[str] = set()
        #: Acknowledged images: id -> track.
        self.images: dict[str, str] = {}
        self.counts: collections.Counter = collections.Counter()
        self._lock = threading.Lock()
        self._troubles: list[str] = []

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def trouble(self, text: str) -> None:
        """Something is not as it must be."""
        with self._lock:
            self._troubles.append(text)
        print(f"   ! {text[:2000]}", flush=True)

    @property
    def troubles(self) -> list[str]:
        with self._lock:
            return list(self._troubles)


class Check:
    """Compares, once nothing goes on any more. What does not agree becomes a trouble of the
    model."""

    def __init__(self, model: Model, shops: list[Shop], data: pathlib.Path):
        self.model, self.shops, self.data = model, shops, data
        self.client = shops[0].client

    def run(self, removed_from: str) -> None:
        """`removed_from` is the component whose tracks were deleted while they were deployed."""
        for what in (self.tracks, self.images, self.deployments):
            try:
                what()
            except Exception as error:  # noqa: BLE001: one check must not hide the next
                self.model.trouble(f"{what.__name__} cannot be compared: {error!r}")
        repository = Repository(self.data / "gitops.git")
        for path in repository.git("ls-tree", "-r", "--name-only", repository.branch).splitlines():
            if path.startswith(f"{removed_from}/"):
                self.model.trouble(f"{path} is still there, its track was deleted")
        repository.check_integrity()

    def tracks(self) -> None:
        for component, wanted in self.model.tracks.items():
            stored = {one.id: (one.api_version, one.description)
                      for one in self.client.list(component)}
            for id in sorted({*wanted, *stored}):
                if wanted.get(id) != stored.get(id):
                    self.model.trouble(
                        f"track {id} of {component}: acknowledged {wanted.get(id)}, "
                        f"stored {stored.get(id)}")
        for component, seen in self.model.watched.items():
            if (wanted := self.model.tracks[component]) != seen:
                wrong = [id for id in {*wanted, *seen} if wanted.get(id) != seen.get(id)]
                self.model.trouble(
                    f"the watch of {component} has missed something of {sorted(wrong)[:5]}")

    def images(self) -> None:
        stored = {one.image_id for shop in self.shops for track in shop.tracks
                  for one in self.listed_images(shop, track)}
        for id, track in self.model.images.items():
            if id not in stored:
                self.model.trouble(f"image {id} of {track} was acknowledged and is lost")

    def listed_images(self, shop: Shop, track: str) -> list:
        found, token = [], ""
        while True:
            page = self.client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
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
        for id, track in self.model.deployments.items():
            if id not in stored:
                self.model.trouble(f"deployment {id} of {track} was acknowledged and is lost")
        for one in stored.values():
            self.model.count(
                "  "
                f"{api.DeploymentState.Name(one.state).removeprefix('DEPLOYMENT_STATE_').lower()}")
        for text in disagreements(Repository(self.data / "gitops.git"), histories, self.model.gone):
            self.model.trouble(text)

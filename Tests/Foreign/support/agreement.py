"""Checks that the history of deployments and a GitOps repository agree."""

from .gitops import Repository
from .stubs import api

SUCCEEDED = api.DEPLOYMENT_STATE_SUCCEEDED


def disagreements(repository: Repository, histories: dict[tuple[str, str], list],
                  gone=frozenset()) -> list[str]:
    """Describes the disagreements. There are none when the repository has one commit for every
    deployment that succeeded and no other, and the files show the active deployments.

    `histories` has the history of each (component, track), the oldest deployment first; `gone` the
    deployments of deleted tracks.
    """
    found = []
    published = repository.commits()
    ids = [deployment for _, deployment in published]
    if len(ids) != len(set(ids)):
        found.append(f"published twice: {sorted({one for one in ids if ids.count(one) > 1})[:3]}")
    succeeded = {one.id: one for history in histories.values() for one in history
                 if one.state == SUCCEEDED}
    if lost := set(succeeded) - set(ids):
        found.append(f"{len(lost)} succeeded and have no commit, such as {sorted(lost)[0]}")
    if extra := set(ids) - set(succeeded) - set(gone):
        found.append(f"{len(extra)} have a commit and did not succeed, such as {sorted(extra)[0]}")
    for commit, deployment in published:
        if deployment in succeeded and succeeded[deployment].gitops_hash != commit:
            found.append(f"{deployment} is commit {commit}, its history says {succeeded[deployment].gitops_hash}")
    for (component, track), history in histories.items():
        active = {one.environment_id: one for one in history if one.state == SUCCEEDED}
        for environment, one in active.items():
            if one.id not in repository.manifest(component, track, environment):
                found.append(
                    f"{track} in {environment}: the file is not that of {one.id}, which is active")
    return found

import RPC

/// Advice about an error, by its reason.
enum Advice {
  static func text(code: StatusCode, reason: String, server: String) -> String? {
    if let text = byReason[reason] { return text }
    guard reason.isEmpty else { return reason.hasSuffix("_IN_USE") ? inUse : nil }
    return switch code {
    case .unavailable:
      "is trackd running at \(server)? --server or TRACKCTL_SERVER names another place"
    case .deadlineExceeded:
      "it may have happened all the same: look before you repeat it; --timeout allows more"
    case .unimplemented: "this trackd is older than this trackctl"
    default: nil
    }
  }

  private static let inUse = "delete what belongs to it first"

  private static let byReason: [String: String] = [
    // A resource does not exist.
    "ORGANIZATION_NOT_FOUND": "trackctl catalog list organizations shows those that are",
    "PROJECT_NOT_FOUND": "trackctl catalog list projects ORGANIZATION shows those that are",
    "COMPONENT_NOT_FOUND": "trackctl catalog list components PROJECT shows those that are",
    "ENVIRONMENT_NOT_FOUND": "trackctl catalog list environments PROJECT shows those that are",
    "DEPLOYMENT_PIPELINE_NOT_FOUND": "trackctl catalog list pipelines PROJECT shows those that are",
    "TRACK_NOT_FOUND": "trackctl tracks list COMPONENT shows those that are",
    "IMAGE_NOT_FOUND": "trackctl images list COMPONENT TRACK shows those that are",
    "IMAGE_NOT_IN_TRACK": "trackctl images list COMPONENT TRACK shows those that are",
    "DEPLOYMENT_NOT_FOUND": "trackctl history COMPONENT TRACK shows those that are",
    "CONFIG_REVISION_NOT_FOUND": "trackctl configs history COMPONENT TRACK shows those that are",
    "NOT_A_COMMIT": "git rev-parse 'NAME^{commit}' gives the commit of a tag",
    "COMMIT_NOT_FOUND": "push the commit, or name another with --commit",
    "SOURCE_CONFIG_NOT_FOUND": "add .choreo/component.yaml below the component's source path",
    // The policy does not allow it.
    "NO_RIGHT": "trackctl auth whoami shows what you may do",
    // The credentials prove nothing.
    "CREDENTIALS_MISSING": "--token-file gives a token, --cert and --key a certificate",
    "CREDENTIALS_MALFORMED": "--token-file has to name a file with one token",
    "TOKEN_UNKNOWN": "use a token that trackd's --auth-tokens lists, or a JWT of its --auth-config",
    "TOKEN_EXPIRED": "get a new token; trackctl doctor tells whether the clocks agree",
    "TOKEN_NOT_YET_VALID": "trackctl doctor tells whether the clocks agree",
    "TOKEN_ISSUER_UNKNOWN": "trackd's --auth-config lists the issuers that it trusts",
    "TOKEN_AUDIENCE_WRONG": "ask the issuer for a token with an audience of trackd's --auth-config",
    "TOKEN_KEY_UNKNOWN": "get a new token: the issuer may have changed its keys",
    "ISSUER_KEYS_UNAVAILABLE": "try again soon; trackd's log says why it has no keys",
    "TOKEN_SIGNATURE_INVALID": "get a new token: this one is broken, or not of its issuer",
    "TOKEN_CLAIMS_REFUSED": "trackd's --auth-config says which claims a token needs",
    "TOO_MANY_BAD_SIGNATURES": "stop what sends broken tokens from here, then try again",
    // A resource exists already.
    "API_VERSION_EXISTS": "choose another version, or update the track that has it",
    "BRANCH_EXISTS": "a track without a version is known by its branch: choose another",
    "TRACK_ID_EXISTS": "leave --id out, or choose another",
    "ID_TAKEN": "choose another id",
    "RUN_ID_CONFLICT":
      "--run takes the attempt too, such as $GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT: re-run CI jobs keep "
      + "their run id",
    "REQUEST_ID_REUSED": "use another --request-id for another command",
    "GITOPS_REPOSITORY_REQUIRED": "trackctl catalog put environment ENVIRONMENT --gitops-url URL",
    "REPOSITORY_HOST_NOT_ALLOWED": "trackd's operator allows hosts: trackd serve --git-allow-host",
    // The state does not allow it.
    "TRACK_LIMIT_REACHED": "delete a track, or have the organization pay",
    "LAST_TRACK": "create the track that is to follow it first",
    "TRACK_HAS_ACTIVE_DEPLOYMENTS": "--force takes its deployments along",
    "TRACK_DELETING": "the track is being deleted: nothing can be done with it any more",
    "BRANCH_UNLINKED": "trackctl tracks update COMPONENT TRACK --branch BRANCH links one",
    "AUTO_BUILD_DISABLED": "auto-deploy needs a component with --auto-build on",
    "NO_ENVIRONMENT": "name one with --environment, or give the component a default pipeline",
    "ENVIRONMENT_NOT_IN_PIPELINE":
      "leave out --environment or --pipeline, or name a pair that fits",
    "NOT_PROMOTED":
      "trackctl promote goes through the pipeline in order; --bypass-reason TEXT does not",
    "CONFIG_INCOMPLETE":
      "trackctl configs set COMPONENT TRACK NAME=VALUE; --bypass-reason TEXT deploys without",
    "IMAGE_NOT_READY": "build it anew, or deploy another: trackctl images list COMPONENT TRACK",
    "AUTO_DEPLOY_ENABLED": "trackctl tracks update COMPONENT TRACK --auto-deploy off comes first",
    "NO_ROLLBACK_TARGET": "trackctl deploy an image, there is no earlier deployment to go back to",
    "IMAGE_NOT_DEPLOYED": "trackctl deploy it: only what ran there before can be rolled back to",
    "ALREADY_CURRENT": "nothing is to be done",
    "DEPLOYMENT_ENDED": "trackctl rollback undoes a deployment that is done",
    "DEPLOYMENT_PUBLISHING": "wait until it is done, then trackctl rollback",
    "NO_REPOSITORY": "trackctl catalog put component ... --repository URL gives it one",
    "REPO_ACCESS_LOST": "give trackd credentials for the repository: see its README",
    "SOURCE_CONFIG_INVALID": "correct the file in the repository; --validate-only checks it again",
    "ENDPOINT_NAME_TAKEN": "rename one of both endpoints",
    "COMPONENT_HAS_TRACKS": "delete its tracks first, or make another component",
    // The caller's view is out of date.
    "ETAG_MISMATCH": "somebody has changed it: look again, then repeat with the new etag",
    "CURRENT_DEPLOYMENT_CHANGED":
      "somebody has deployed, or is about to: see trackctl history, and decide anew",
    "RESYNC": "watch again without --resume",
    // Another system did not do its part.
    "GIT_UNAVAILABLE": "try again when the repository can be reached",
    "CLEANUP_REFUSED": "see to the reason first, then delete it again",
    "CLEANUP_PENDING": "it goes on by itself; the same command again waits for it",
    "TOO_MANY_FOLLOWERS": "end another 'trackctl audit follow', or ask again later",
    "STORAGE_FULL": "make room on trackd's disk; no restart is needed",
    "STORE_UNAVAILABLE": "trackd's log says what its store lacks",
    "INTERNAL_ERROR": "trackd's log says why",
  ]
}

import Protobuf
import RPC
import Testing
import TrackMessages

@testable import trackctl

@Suite("What is printed", .timeLimit(.minutes(2)))
struct OutputTests {
  @Test func `a server cannot steer the terminal`() {
    #expect(
      Table.printable("a\u{1B}[31mb\nc\td\u{202E}e\u{9B}") == "a\u{FFFD}[31mb c d\u{FFFD}e\u{FFFD}")
    var list = FieldList()
    list.add("name", "x\u{7}")
    list.add("nothing", "")
    #expect(list.text == "name  x\u{FFFD}\n")
  }

  @Test(arguments: [
    "\u{1}", "\u{7F}", "\u{85}", "\u{9B}31m", "\u{200E}", "\u{202E}", "\u{2028}", "\u{2029}",
    "\u{2066}", "\u{FEFF}", "\u{AD}", "\u{E0041}",
  ])
  func `JSON means the same, and does not steer it either`(text: String) throws {
    var track = DeploymentTrack()
    track.description = "ä\(text)é\"\\"
    let json = try Output.json(track)
    #expect(!json.unicodeScalars.contains(where: Characters.steers))
    #expect(json.contains("ä\\u") && json.contains("é\\\"\\\\"))
    #expect(try DeploymentTrack(jsonString: json) == track)
    #expect(
      !Characters.lines("a\n\(text)").dropFirst(2).unicodeScalars.contains(where: Characters.steers)
    )
  }

  @Test func `lines and tabs of a file stay`() {
    #expect(Characters.lines("a:\r\n\tb\n\u{202E}c\rd") == "a:\n\tb\n\u{FFFD}c\u{FFFD}d")
  }

  @Test(arguments: [
    ("", ""), (String(repeating: "é", count: 60), String(repeating: "é", count: 60)),
    (String(repeating: "é", count: 61), String(repeating: "é", count: 57) + "..."),
    ("first\nsecond", "first"),
  ]) func `a text is cut to a line`(_ text: String, _ line: String) {
    #expect(Words.line(text) == line)
  }

  @Test func `values read well`() {
    #expect(Words.short("123456789") == "12345678" && Words.short("123") == "123")
    #expect(Words.yes(true) == "yes" && Words.yes(false) == "")
    #expect(Words.word(DeploymentState.inProgress) == "in progress")
    #expect(Words.word(ComponentType.apiProxy) == "api proxy")
    #expect(Words.word(DeploymentKind.unrecognized(77)) == "77")
    var time = Timestamp()
    time.seconds = 1
    time.nanos = 5_000_000
    #expect(Words.time(time) == "1970-01-01T00:00:01Z")
    #expect(Words.time(nil) == "")
    #expect(Words.line("first\nsecond") == "first")
    #expect(Words.line(String(repeating: "x", count: 61)).count == 60)
  }

  @Test(arguments: [
    (StatusCode.invalidArgument, ExitCode.usage), (.notFound, .notFound),
    (.alreadyExists, .refused), (.failedPrecondition, .refused), (.aborted, .refused),
    (.resourceExhausted, .refused), (.permissionDenied, .refused), (.unavailable, .unavailable),
    (.deadlineExceeded, .unavailable), (.internal, .failed), (.unknown, .failed),
    (.unimplemented, .failed), (.dataLoss, .failed), (.cancelled, .unavailable),
    (.outOfRange, .refused), (.unauthenticated, .refused), (.ok, .success),
  ])
  func `the exit status says the class of an error`(code: StatusCode, status: ExitCode) {
    #expect(ErrorReport.status(of: RPCError(code)) == status)
  }

  @Test func `an error that passes is one to try again`() {
    let error = RPCError(.resourceExhausted, "full", details: [ErrorDetail(RetryInfo())])
    #expect(ErrorReport.status(of: error) == .unavailable)
  }

  @Test(arguments: [
    (DeploymentState.succeeded, ExitCode.success), (.failed, .failed), (.cancelled, .refused),
    (.superseded, .refused),
  ])
  func `the exit status says how a deployment ended`(state: DeploymentState, status: ExitCode) {
    var deployment = Deployment()
    deployment.state = state
    #expect(deployment.isFinal)
    #expect(DeploymentWaiter.status(of: deployment) == status)
  }

  @Test(arguments: [DeploymentState.queued, .inProgress, .unspecified])
  func `what goes on has not ended`(state: DeploymentState) {
    var deployment = Deployment()
    deployment.state = state
    #expect(!deployment.isFinal)
  }

  @Test(
    arguments: [
      (0, nil, "in progress (could not be tried: no answer)"),
      (1, nil, "in progress (attempt 1 failed: no answer)"),
      (3, 61, "in progress (attempt 3 failed, again at 1970-01-01T00:01:01Z: no answer)"),
    ] as [(Int32, Int64?, String)])
  func `what is tried again says why, and when`(attempts: Int32, seconds: Int64?, text: String) {
    var deployment = Deployment()
    deployment.state = .inProgress
    deployment.attempts = attempts
    deployment.lastError = "no answer\nat all"
    if let seconds {
      var time = Timestamp()
      time.seconds = seconds
      deployment.nextAttemptAt = time
    }
    #expect(deployment.progress == text)
    // A deployment that has ended shows its error instead.
    deployment.state = .failed
    deployment.error = "gone"
    #expect(deployment.progress == "failed: gone")
  }

  @Test func `an error says its reason, its fields and what to do next`() {
    var info = ErrorInfo()
    info.reason = "INVALID_ENDPOINT"
    var violation = BadRequest.FieldViolation()
    violation.field = "endpoints[0].port"
    violation.description = "is too high"
    var request = BadRequest()
    request.fieldViolations = [violation]
    let error = RPCError(
      .invalidArgument, "two things are wrong",
      details: [ErrorDetail(info), ErrorDetail(request)])
    #expect(
      ErrorReport.text(of: error, server: "x") == """
        trackctl: INVALID_ARGUMENT INVALID_ENDPOINT: two things are wrong
          endpoints[0].port: is too high

        """)
    let one = RPCError(
      .invalidArgument, "endpoints[0].port: is too high", details: [ErrorDetail(request)])
    // A violation that the message has already is not repeated.
    #expect(
      ErrorReport.text(of: one, server: "x")
        == "trackctl: INVALID_ARGUMENT: endpoints[0].port: is too high\n")
    let gone = ErrorReport.text(of: RPCError(.unavailable, "refused"), server: "host:1")
    #expect(gone.contains("next: is trackd running at host:1?"))
  }

  @Test(
    arguments: [
      ("LAST_TRACK", StatusCode.failedPrecondition, "create the track that is to follow it first"),
      ("ORGANIZATION_IN_USE", .failedPrecondition, "delete what belongs to it first"),
      ("ENVIRONMENT_IN_USE", .failedPrecondition, "delete what belongs to it first"),
      ("IN_USE_OF_NOTHING", .unavailable, nil), ("UNHEARD_OF", .unavailable, nil),
      (
        "", .unavailable,
        "is trackd running at h:1? --server or TRACKCTL_SERVER names another place"
      ),
      ("", .unimplemented, "this trackd is older than this trackctl"),
      (
        "", .deadlineExceeded,
        "it may have happened all the same: look before you repeat it; --timeout allows more"
      ), ("", .internal, nil),
    ] as [(String, StatusCode, String?)])
  func `advice belongs to the reason, else to the code`(
    reason: String, code: StatusCode, advice: String?
  ) {
    #expect(Advice.text(code: code, reason: reason, server: "h:1") == advice)
  }

  @Test func `words of flags are values of enums`() {
    let types: [ComponentType] = ["service", "web-app", "task", "api-proxy", ""].map {
      CatalogFlags.value($0, "COMPONENT_TYPE_")
    }
    #expect(types == [.service, .webApp, .task, .apiProxy, .unspecified])
  }

  @Test(arguments: [
    ("registry/app:1", "", "registry/app:1", ""),
    ("web=registry:5000/app@sha256:ab", "web", "registry:5000/app", "sha256:ab"),
    ("app@sha256:a=b", "", "app", "sha256:a=b"),
  ])
  func `an image is a name, a reference and a digest`(
    text: String, name: String, reference: String, digest: String
  ) {
    let image = ContainerImage(text: text)
    #expect(image.name == name && image.reference == reference && image.digest == digest)
  }

  @Test func `operands are told apart`() {
    #expect(API.isVersion("v1.2") && API.isVersion("v0.10"))
    for text in ["v1", "v1.2.3", "1.2", "v1.", "v.1", "main", "@latest"] {
      #expect(!API.isVersion(text))
    }
    #expect(UUIDText.isWhole("36941c4e-1a07-4fd0-88e3-d4d7537564ae"))
    for text in [
      "36941c4e", "36941c4e-1a07-4fd0-88e3-d4d7537564a", "x6941c4e-1a07-4fd0-88e3-d4d7537564ae",
    ] {
      #expect(!UUIDText.isWhole(text))
    }
  }
}

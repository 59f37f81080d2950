import RPC
import Telemetry
import Testing

@testable import TrackRemotes

@Suite(.timeLimit(.minutes(2))) struct AttemptSpanTests {
  private struct Recorder: SpanRecorder {
    let spans = Journal<Span>()
    var now: Int64 { 7 }
    func record(_ span: Span) { spans.append(span) }
  }

  private static let span = AttemptSpan(
    method: MethodDescriptor(service: "a.Service", method: "Do", kind: .unary))

  /// The span of an attempt of the third try, and what it sends.
  private static func made(
    _ attempt: CallAttempt, in parent: TraceContext = .root(isSampled: true), status: RPCError?
  ) throws -> (Span, Metadata) {
    let recorder = Recorder()
    let options = Trace.$current.withValue(Trace(parent, recorder)) {
      span.traced(CallOptions(), number: 3)
    }
    let began = try #require(options.onAttempt)
    let watch = began(attempt)
    #expect(recorder.spans.count == 0)
    watch.onEnd(status)
    let made = try #require(recorder.spans.all.first)
    return (made, watch.metadata)
  }

  @Test func `an attempt hands its place in the trace on, in both forms`() throws {
    let parent = TraceContext.root(isSampled: true)
    let (made, sent) = try Self.made(
      CallAttempt(previous: 0, isTransparentRetry: false), in: parent, status: nil)
    #expect(made.name == "Attempt.a.Service.Do" && made.kind == .client && made.failure == nil)
    #expect(made.parentID == parent.spanID && made.context.traceID == parent.traceID)
    #expect(sent["traceparent"] == made.context.traceparent)
    let binary = try #require(sent.binaryValues("grpc-trace-bin").first)
    #expect(TraceContext(binary: binary) == made.context)
  }

  @Test(arguments: [(0, false, 2), (0, true, 2), (1, false, 3)])
  func `an attempt says how many were before it, and whether it is transparent`(
    previous: Int, isTransparent: Bool, number: Int64
  ) throws {
    let attempt = CallAttempt(previous: previous, isTransparentRetry: isTransparent)
    let (made, _) = try Self.made(attempt, status: nil)
    #expect(made.attributes.map(\.0) == ["previous-rpc-attempts", "transparent-retry"])
    #expect(made.attributes.map(\.1) == [.integer(number), .flag(isTransparent)])
  }

  @Test func `without a trace nothing is recorded, and nothing handed on`() {
    let options = Self.span.traced(CallOptions(), number: 1)
    if options.onAttempt != nil { Issue.record("its attempts are watched") }
  }

  @Test func `an attempt that fails is told as such`() throws {
    let (made, _) = try Self.made(
      CallAttempt(previous: 0, isTransparentRetry: false),
      status: RPCError(.unavailable, "gone"))
    #expect(made.failure?.contains("gone") == true)
  }
}

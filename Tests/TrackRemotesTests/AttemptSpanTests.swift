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

  @Test func `an attempt hands its place in the trace on, in both forms`() async throws {
    let recorder = Recorder()
    let parent = TraceContext.root(isSampled: true)
    let sent = try await Trace.$current.withValue(Trace(parent, recorder)) {
      try await Self.span.run(3, CallOptions()) { $0.metadata }
    }
    let made = try #require(recorder.spans.all.first)
    #expect(made.name == "Attempt.a.Service.Do" && made.kind == .client && made.failure == nil)
    #expect(made.parentID == parent.spanID && made.context.traceID == parent.traceID)
    #expect(made.attributes.first { $0.0 == "previous-rpc-attempts" }?.1 == .integer(2))
    #expect(made.attributes.first { $0.0 == "transparent-retry" }?.1 == .flag(false))
    #expect(sent["traceparent"] == made.context.traceparent)
    let binary = try #require(sent.binaryValues("grpc-trace-bin").first)
    #expect(TraceContext(binary: binary) == made.context)
  }

  @Test func `without a trace nothing is recorded, and nothing handed on`() async throws {
    let sent = try await Self.span.run(1, CallOptions()) { $0.metadata }
    #expect(sent.isEmpty)
  }

  @Test func `an attempt that fails is told as such`() async {
    let recorder = Recorder()
    await Trace.$current.withValue(Trace(TraceContext.root(isSampled: true), recorder)) {
      await #expect(throws: RPCError.self) {
        try await Self.span.run(1, CallOptions()) { _ in throw RPCError(.unavailable, "gone") }
      }
    }
    #expect(recorder.spans.all.first?.failure?.contains("gone") == true)
  }
}

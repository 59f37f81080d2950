/// The span that the work of a task is a part of, where its trace is recorded.
///
/// It goes with the task: work that a task begins, in whatever module, is a part of its span. Where
/// nothing is recorded, that costs a look at a task-local value.
public struct Trace: Sendable {
  @TaskLocal public static var current: Trace?

  /// Of the span.
  public let context: TraceContext
  public let recorder: any SpanRecorder

  public init(_ context: TraceContext, _ recorder: any SpanRecorder) {
    self.context = context
    self.recorder = recorder
  }

  /// A place for a span that is a part of this one.
  public var child: TraceContext { context.child }

  /// Runs a piece of work that is a span of its own if the task is part of a trace.
  ///
  /// - Parameter attributes: asked for once the work has ended.
  public static func span<Value, Failure: Error>(
    _ name: @autoclosure () -> String, _ kind: Span.Kind = .internal,
    attributes: @autoclosure () -> [(String, Span.Value)] = [],
    _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    guard let current else { return try await body() }
    let trace = Trace(current.child, current.recorder)
    let start = trace.recorder.now
    let result = await $current.withValue(trace) { await Self.result(of: body) }
    var span = Span(
      name(), kind, trace.context, parentID: current.context.spanID, start: start,
      end: trace.recorder.now)
    span.attributes = attributes()
    if case .failure(let error) = result { span.failure = "\(error)" }
    trace.recorder.record(span)
    return try result.get()
  }

  private static func result<Value, Failure: Error>(
    of body: () async throws(Failure) -> Value
  ) async -> Result<Value, Failure> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}

extension TraceContext {
  /// The first place of a new trace.
  public static func root(isSampled: Bool) -> TraceContext {
    TraceContext(
      unchecked: .random(in: 1 ... .max), .random(in: 1 ... .max), .random(in: 1 ... .max),
      isSampled)
  }

  /// Another place of the same trace.
  public var child: TraceContext {
    TraceContext(unchecked: traceHigh, traceLow, .random(in: 1 ... .max), isSampled)
  }
}

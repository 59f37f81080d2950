/// A piece of work that has ended.
public struct Span: Sendable {
  public enum Kind: Sendable {
    case `internal`, server, client
  }

  public enum Value: Sendable, Hashable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
  }

  public struct Event: Sendable {
    public let name: String
    /// Nanoseconds since 1970.
    public let time: Int64
    public let attributes: [(String, Value)]

    public init(_ name: String, at time: Int64, _ attributes: [(String, Value)]) {
      self.name = name
      self.time = time
      self.attributes = attributes
    }
  }

  public var name: String
  public var kind: Kind
  public var context: TraceContext
  /// The span that it is a part of; nil for the first one of a trace.
  public var parentID: UInt64?
  /// Nanoseconds since 1970.
  public var start: Int64
  public var end: Int64
  public var attributes: [(String, Value)] = []
  public var events: [Event] = []
  /// What went wrong; nil for nothing.
  public var failure: String?

  public init(
    _ name: String, _ kind: Kind, _ context: TraceContext, parentID: UInt64?, start: Int64,
    end: Int64
  ) {
    self.name = name
    self.kind = kind
    self.context = context
    self.parentID = parentID
    self.start = start
    self.end = end
  }
}

/// Takes spans that have ended. Any thread; cheap; never waits.
public protocol SpanRecorder: Sendable {
  func record(_ span: Span)
  /// Nanoseconds since 1970.
  var now: Int64 { get }
}

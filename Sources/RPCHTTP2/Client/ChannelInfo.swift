/// A client's channel at the moment when its loop was asked.
public struct ChannelInfo: Sendable, Equatable {
  /// Source: grpc/doc/connectivity-semantics-and-api.md.
  public enum Connectivity: Sendable, Equatable {
    /// No connection; the next call makes one.
    case idle
    case connecting
    case ready
    /// The last attempt failed, and the next one is not to be made yet.
    case transientFailure
    case shutdown
  }

  public let target: String
  public let connectivity: Connectivity
  public let callsStarted: Int
  /// Calls that ended with OK.
  public let callsSucceeded: Int
  public let callsFailed: Int
  /// The connections that are open, also those that only finish their calls.
  public let connections: [ConnectionInfo]
}

/// A client's channel at the moment when its loop was asked.
public struct ChannelInfo: Sendable, Equatable {
  /// Source: grpc/doc/connectivity-semantics-and-api.md.
  public enum Connectivity: Sendable, Equatable {
    /// No connection; the next call makes one.
    case idle
    /// Calls wait for the attempt that is under way.
    case connecting
    case ready
    /// No address can be reached; calls that do not wait for one fail. It goes on trying.
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

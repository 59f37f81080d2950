/// Why a client's connection came to nothing, or ended.
public struct ClientTransportError: Error, CustomStringConvertible {
  public let target: String
  public let reason: String

  /// `127.0.0.1:50051: connect: Connection refused`
  public var description: String { "\(target): \(reason)" }
}

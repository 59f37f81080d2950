public import EventLoop

/// An address on which the server cannot listen.
public struct ListenError: Error, CustomStringConvertible {
  public let address: SocketAddress
  public let cause: SystemError

  /// `cannot listen on 127.0.0.1:50051: bind: Address already in use`
  public var description: String { "cannot listen on \(address): \(cause)" }
}

import CLinux
import Glibc

/// Owns a connected, non-blocking stream socket.
///
/// `@unchecked Sendable`: handed from the loop that accepted it to the one that keeps it; used by
/// one thread at a time.
public final class Socket: @unchecked Sendable {
  /// The outcome of one read.
  public enum ReadResult: Equatable {
    case bytes(Int)
    case wouldBlock
    /// The peer ended its half.
    case end
  }

  public private(set) var descriptor: Int32

  init(owning descriptor: Int32) { self.descriptor = descriptor }

  deinit { close() }

  /// How long a connection that this side has made outlives a host that does not answer any more:
  /// without it the kernel would try for a quarter of an hour.
  private static let unansweredMilliseconds: UInt32 = 20_000

  /// Starts connecting; the socket is writable when that is done, see `finishConnecting`.
  public convenience init(connectingTo address: SocketAddress) throws(SystemError) {
    self.init(
      owning: try SystemCall.descriptor("socket") { cl_socket(address.family) })
    let descriptor = self.descriptor
    if let inet = address.inet {
      _ = cl_no_delay(descriptor)
      _ = cl_user_timeout(descriptor, Self.unansweredMilliseconds)
      try Self.connect { cl_connect(descriptor, inet) }
    } else if case .unix(let path) = address {
      try Self.connect { unsafe cl_connect_unix(descriptor, path) }
    } else if case .unixAbstract(let name) = address {
      try Self.connect { unsafe cl_connect_abstract(descriptor, name) }
    }
  }

  /// Throws the error in which the connection attempt ended, if it failed.
  public func finishConnecting() throws(SystemError) {
    let descriptor = self.descriptor
    try SystemCall.value("connect") { cl_socket_error(descriptor) }
  }

  /// Reads once into the whole of `buffer`.
  public func read(into buffer: inout [UInt8]) throws(SystemError) -> ReadResult {
    let descriptor = self.descriptor
    let count = try SystemCall.result("read") {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe cl_read(descriptor, bytes.baseAddress, bytes.count)
      }
    }
    guard let count else { return .wouldBlock }
    return count == 0 ? .end : .bytes(count)
  }

  /// Bytes that were written and that the peer's system has not acknowledged; 0 when that is not
  /// known.
  public var unacknowledgedBytes: Int { max(0, cl_unacknowledged(descriptor)) }

  /// Writes as many of `bytes[from...]` as the kernel takes now, possibly 0, and returns how many.
  public func write(_ bytes: [UInt8], from start: Int = 0) throws(SystemError) -> Int {
    let descriptor = self.descriptor
    return try SystemCall.result("send") {
      unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
        return unsafe cl_send(descriptor, rest.baseAddress, rest.count)
      }
    } ?? 0
  }

  /// Pieces that one `write` takes.
  static let mostPieces = 64

  /// Writes as many bytes of the pieces, one after the other, as the kernel takes now, and returns
  /// how many.
  ///
  /// - Precondition: there are no more than `mostPieces`.
  func write(_ pieces: ArraySlice<ArraySlice<UInt8>>) throws(SystemError) -> Int {
    let descriptor = self.descriptor
    return try SystemCall.result("sendmsg") {
      unsafe withUnsafeTemporaryAllocation(of: CLPiece.self, capacity: pieces.count) { list in
        // The arrays live as long as `pieces`: longer than the call.
        withExtendedLifetime(pieces) {
          for (index, piece) in pieces.enumerated() {
            unsafe piece.withUnsafeBytes { bytes in
              unsafe list.initializeElement(
                at: index, to: CLPiece(start: bytes.baseAddress, count: bytes.count))
            }
          }
          return unsafe cl_send_pieces(descriptor, list.baseAddress, list.count)
        }
      }
    } ?? 0
  }

  /// Ends this half; the peer reads to the end and may still answer.
  public func shutdownWrite() {
    _ = cl_shutdown_write(descriptor)
  }

  /// From now on the connection fails when the other side has vanished; TCP only.
  ///
  /// Without effect where the system refuses it: then it takes the system's own time.
  public func keepAlive(_ times: TCPKeepAlive) {
    _ = cl_keep_alive(descriptor, times.idleSeconds, times.intervalSeconds)
    _ = cl_user_timeout(descriptor, times.unansweredMilliseconds)
  }

  /// Closes once; the loop must have been told to `remove` the descriptor before.
  public func close() {
    guard descriptor >= 0 else { return }
    _ = cl_close(descriptor)
    descriptor = -1
  }

  /// A Unix socket's peer has no name; the kind is the one of the listener that accepted it.
  public var peerAddress: SocketAddress? {
    guard let address = SocketAddress(cl_peer_address(descriptor)) else { return nil }
    guard case .unix = address, case .unixAbstract? = localAddress else { return address }
    return .unixAbstract(name: "")
  }

  /// The effective user that connected, for a Unix socket (SO_PEERCRED); nil for others. A user of
  /// another user namespace is the overflow user there, 65534.
  public var peerUserID: UInt32? {
    guard case .unix? = SocketAddress(cl_peer_address(descriptor)) else { return nil }
    let user = cl_peer_user(descriptor)
    return user < 0 ? nil : UInt32(exactly: user)
  }

  public var localAddress: SocketAddress? { SocketAddress(localOf: descriptor) }

  /// EINPROGRESS is success, and so is EINTR: the attempt goes on and a second one would fail.
  private static func connect(_ call: () -> Int) throws(SystemError) {
    let result = call()
    if result >= 0 || Int32(-result) == EINPROGRESS || Int32(-result) == EINTR { return }
    throw SystemError(call: "connect", errno: Int32(-result))
  }
}

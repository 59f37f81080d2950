import CLinux
import Glibc

/// Owns a listening socket, and the file of a Unix one.
///
/// `@unchecked Sendable`: made anywhere, then used by the loop that watches it; `address` and
/// `descriptor` do not change before `close`.
public final class ListeningSocket: @unchecked Sendable {
  private static let backlog: Int32 = 1024
  /// Its user and its group may connect.
  public static let defaultUnixMode: UInt32 = 0o660

  /// The requested address; where its port was 0, with the port that the system chose.
  public let address: SocketAddress
  public private(set) var descriptor: Int32
  /// Identity of the Unix socket's file, so that a successor's file is never removed; 0 for a
  /// socket of others.
  private let fileIdentity: UInt64
  /// Others, a supervisor for example, have the same socket: it is not changed and goes on
  /// listening when this process does not.
  private let isShared: Bool

  /// Binds and listens.
  ///
  /// With SO_REUSEADDR but not SO_REUSEPORT: a second server on the same port fails. A Unix
  /// socket's file is replaced if no server answers on it any more.
  ///
  /// - Parameter unixMode: the permissions of a Unix socket's file, whatever the umask is: a user
  ///   that may write to it may connect. They are set before the socket listens.
  public init(
    _ address: SocketAddress, unixMode: UInt32 = ListeningSocket.defaultUnixMode
  ) throws(SystemError) {
    let descriptor = try SystemCall.descriptor("socket") { cl_socket(address.family) }
    do {
      try Self.bind(descriptor, address)
      if case .unix(let path) = address {
        try SystemCall.value("chmod") { unsafe cl_chmod(path, unixMode) }
      }
      try SystemCall.value("listen") { cl_listen(descriptor, Self.backlog) }
    } catch {
      _ = cl_close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    isShared = false
    if case .unix(let path) = address {
      self.address = address
      fileIdentity = unsafe cl_file_identity(path)
    } else {
      self.address = SocketAddress(localOf: descriptor) ?? address
      fileIdentity = 0
    }
  }

  /// Takes over a descriptor that listens already, as systemd hands them on.
  ///
  /// - Throws: EINVAL when it is not a TCP or Unix stream socket that listens.
  public init(inherited descriptor: Int32) throws(SystemError) {
    let listens = try SystemCall.value("fcntl") { cl_adopt_listener(descriptor) }
    guard listens == 1, let address = SocketAddress(localOf: descriptor) else {
      throw SystemError(call: "accept4", errno: EINVAL)
    }
    self.descriptor = descriptor
    self.address = address
    fileIdentity = 0
    isShared = true
  }

  deinit { close() }

  /// Lets no new connection begin; those that wait, and TCP handshakes that have begun, can still
  /// be accepted. A TCP client that comes later tries again after a second, and finds the port
  /// closed. Without effect on a socket of others.
  public func shutDoor() {
    guard !isShared, descriptor >= 0 else { return }
    if address.port == nil {
      _ = cl_shutdown_read(descriptor)
    } else {
      _ = cl_drop_new_handshakes(descriptor)
    }
  }

  /// The next connection, nil if there is none.
  ///
  /// A connection that was reset before it was accepted is skipped. The thrown errors (EMFILE,
  /// ENFILE, ENOBUFS, ENOMEM) mean that this process or machine has run out of something: accepting
  /// again at once is useless.
  public func accept() throws(SystemError) -> Socket? {
    while true {
      let result = cl_accept(descriptor)
      if result >= 0 {
        let accepted = Int32(truncatingIfNeeded: result)
        if address.port != nil { _ = cl_no_delay(accepted) }
        return Socket(owning: accepted)
      }
      switch Int32(-result) {
      // EINVAL: the door of a Unix socket is shut.
      case EAGAIN, EINVAL: return nil
      // accept(2): pending network errors of the new connection, to be treated like EAGAIN.
      case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH,
        EOPNOTSUPP, ENETUNREACH:
        continue
      case let errno: throw SystemError(call: "accept4", errno: errno)
      }
    }
  }

  /// Stops listening and removes the file of a Unix socket; once.
  public func close() {
    guard descriptor >= 0 else { return }
    if case .unix(let path) = address, !isShared, unsafe cl_file_identity(path) == fileIdentity {
      _ = unsafe cl_unlink(path)
    }
    _ = cl_close(descriptor)
    descriptor = -1
  }

  private static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(SystemError) {
    switch address {
    case .unix(let path):
      try bindUnix(descriptor, path)
    case .unixAbstract(let name):
      try SystemCall.value("bind") { unsafe cl_bind_abstract(descriptor, name) }
    case .ipv4, .ipv6:
      guard let inet = address.inet else { return }
      try SystemCall.value("setsockopt") { cl_reuse_address(descriptor) }
      if case .ipv6 = address { _ = cl_accept_ipv4_too(descriptor) }
      try SystemCall.value("bind") { cl_bind(descriptor, inet) }
    }
  }

  private static func bindUnix(_ descriptor: Int32, _ path: String) throws(SystemError) {
    do {
      try SystemCall.value("bind") { unsafe cl_bind_unix(descriptor, path) }
    } catch {
      guard error.errno == EADDRINUSE, isStale(path) else { throw error }
      _ = unsafe cl_unlink(path)
      try SystemCall.value("bind") { unsafe cl_bind_unix(descriptor, path) }
    }
  }

  /// Whether `path` is a socket on which no process listens.
  private static func isStale(_ path: String) -> Bool {
    guard unsafe cl_is_socket_file(path) == 1 else { return false }
    let probe = cl_socket(1)
    guard probe >= 0 else { return false }
    defer { _ = cl_close(Int32(probe)) }
    return unsafe cl_connect_unix(Int32(probe), path) == -Int(ECONNREFUSED)
  }
}

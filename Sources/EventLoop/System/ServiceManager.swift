import CLinux

/// The side of a service that systemd's protocols for services speak to: sd_listen_fds(3) and
/// sd_notify(3), which are made to be implemented without its library.
public struct ServiceManager: Sendable {
  /// Descriptors of sockets that listen, in the order of the unit's file.
  public let listeners: [Int32]
  private let notifySocket: String?

  /// - Parameters:
  ///   - environment: of this process; LISTEN_PID, LISTEN_FDS and NOTIFY_SOCKET are read.
  ///   - process: this process's number.
  public init(
    environment: [String: String] = ProcessEnvironment.variables,
    process: Int32 = ServiceManager.thisProcess
  ) {
    notifySocket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    // Meant for another process when the number is another one: a shell in between, or a parent.
    guard environment["LISTEN_PID"] == "\(process)",
      let count = environment["LISTEN_FDS"].flatMap(Int32.init), (1...Self.mostListeners) ~= count
    else {
      listeners = []
      return
    }
    listeners = (0..<count).map { Self.firstListener + $0 }
  }

  /// This process's number.
  public static var thisProcess: Int32 { cl_process_id() }
  /// SD_LISTEN_FDS_START.
  private static let firstListener: Int32 = 3
  private static let mostListeners: Int32 = 1000

  /// Tells the service manager where this service stands: `READY=1`, `STOPPING=1`, `STATUS=...`,
  /// one a line. Does nothing where none listens. Any thread; does not wait.
  public func notify(_ state: String) {
    guard let notifySocket else { return }
    _ = unsafe cl_send_datagram(notifySocket, state)
  }
}

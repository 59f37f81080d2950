import CLinux

/// The side of a service that systemd's protocols for services speak to: sd_listen_fds(3) and
/// sd_notify(3), which are made to be implemented without its library.
public struct ServiceManager: Sendable {
  /// Descriptors of sockets that listen, in the order of the unit's file.
  public let listeners: [Int32]
  private let notifySocket: String?

  /// LISTEN_PID or LISTEN_FDS is no number, or there are too many sockets.
  public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
    public let variable: String
    public let value: String
    public var description: String {
      "\(variable): '\(value)' is not valid; expected a number as systemd sets it"
    }
  }

  /// - Parameters:
  ///   - environment: of this process; LISTEN_PID, LISTEN_FDS and NOTIFY_SOCKET are read.
  ///   - process: this process's number.
  public init(
    environment: [String: String] = ProcessEnvironment.variables,
    process: Int32 = ServiceManager.thisProcess
  ) throws(Malformed) {
    notifySocket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let intended = environment["LISTEN_PID"] ?? ""
    guard intended.isEmpty || Self.number(intended, in: 1...Int32.max) != nil else {
      throw Malformed(variable: "LISTEN_PID", value: intended)
    }
    // Meant for another process when the number is another one: a shell in between, or a parent.
    guard intended == "\(process)" else {
      listeners = []
      return
    }
    let text = environment["LISTEN_FDS"] ?? ""
    guard let count = Self.number(text, in: 0...Self.mostListeners) else {
      throw Malformed(variable: "LISTEN_FDS", value: text)
    }
    listeners = (0..<count).map { Self.firstListener + $0 }
  }

  /// Digits, and nothing else.
  private static func number(_ text: String, in range: ClosedRange<Int32>) -> Int32? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int32(text),
      range ~= number
    else { return nil }
    return number
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

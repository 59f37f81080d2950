public import Crypto
public import EventLoop
import HTTP2
public import TLS

/// Goes the way of a client to a server, step by step, and tells how far it came: for those who
/// look for what is wrong with it. It sends no request.
public struct ConnectionProbe: Sendable {
  /// How far it came.
  public enum Outcome: Sendable {
    /// The target's name has no address.
    case noAddress(String)
    /// No address takes connections; the reason of the last one.
    case unreachable(String)
    /// TLS does not come about.
    case tlsFailed(TLSError)
    /// The connection was lost before the server had said anything; with the reason.
    case lost(String)
    /// The server says nothing as long as the probe waits.
    case silent
    /// The server has answered.
    case answered(by: ProbedProtocol)
  }

  /// What is known after a probe.
  public struct Report: Sendable {
    public var outcome: Outcome
    /// The address that took the connection.
    public var address: String?
    /// Nil without TLS.
    public var agreement: TLSAgreement?

    public init(outcome: Outcome, address: String? = nil, agreement: TLSAgreement? = nil) {
      self.outcome = outcome
      self.address = address
      self.agreement = agreement
    }
  }

  private let place: TargetPlace
  private let loop: EventLoop
  private let tls: ClientTLS?
  private let patience: Duration

  /// - Parameters:
  ///   - target: as `HTTP2ClientTransport` reads it.
  ///   - loop: runs the probe.
  ///   - tls: nil for cleartext.
  ///   - patience: how long each step may take: each address, and the server's first answer.
  public init(target: String, loop: EventLoop, tls: ClientTLS?, patience: Duration) {
    // An address is taken as it is: `%` in the path of a socket is no escape.
    place =
      SocketAddress(target).map { TargetPlace(ChannelTarget($0), nil) } ?? TargetPlace(target, nil)
    self.loop = loop
    self.tls = tls
    self.patience = patience
  }

  /// Ends within the patience for each address and each step; a look-up takes as long as the
  /// system's does.
  public func run() async -> Report {
    let addresses: [SocketAddress]
    do {
      switch place.kind {
      case .addresses(let known): addresses = known
      case .resolver(let resolver): addresses = try await resolver.resolve()
      case .malformed(let fault): throw fault
      }
    } catch {
      return Report(outcome: .noAddress("\(error)"))
    }
    let host = ClientTLS.host(of: place.authority)
    return await withCheckedContinuation { done in
      loop.execute { [loop, tls, patience] in
        ProbeRun(loop, host: host, tls, patience) { done.resume(returning: $0) }.start(addresses)
      }
    }
  }
}

/// What a server speaks, by its first bytes.
public enum ProbedProtocol: Sendable, Equatable {
  case http2, http1, tls, other

  /// RFC 9113 section 4.1.
  static let frameHeaderBytes = 9

  /// - Parameter bytes: the first that came, at least one.
  init(_ bytes: ArraySlice<UInt8>) {
    // The first frame is SETTINGS (RFC 9113 section 3.4), its stream 0 (section 6.5).
    let frame = Array(bytes.prefix(Self.frameHeaderBytes))
    if frame.count == Self.frameHeaderBytes, frame[3] == 4, frame[5...].allSatisfy({ $0 == 0 }) {
      self = .http2
    } else if bytes.starts(with: Array("HTTP/".utf8)) {
      self = .http1
    } else if bytes.count > 2, 20...23 ~= frame[0], frame[1] == 3 {
      // A record (RFC 8446 section 5.1): an alert, as answer to what is no TLS.
      self = .tls
    } else {
      self = .other
    }
  }
}

/// One run of a probe. Confined to the loop; it keeps itself alive until it is done.
private final class ProbeRun: EventHandler {
  private let loop: EventLoop
  private let host: String
  private let tls: ClientTLS?
  private let patience: Duration
  private let done: (ConnectionProbe.Report) -> Void
  private var report = ConnectionProbe.Report(outcome: .silent)
  private var connector: SocketConnector?
  private var channel: (any ByteChannel)?
  private var timer: EventLoop.Timer?
  private var unsent: [UInt8]
  private var received: [UInt8] = []
  private var isDone = false

  /// The preface and an empty SETTINGS frame.
  private static let greeting = ClientPreface.bytes + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  init(
    _ loop: EventLoop, host: String, _ tls: ClientTLS?, _ patience: Duration,
    _ done: @escaping (ConnectionProbe.Report) -> Void
  ) {
    self.loop = loop
    self.host = host
    self.tls = tls
    self.patience = patience
    self.done = done
    unsent = Self.greeting
  }

  func start(_ addresses: [SocketAddress]) { connect(addresses[...], "no address") }

  private func connect(_ addresses: ArraySlice<SocketAddress>, _ lastError: String) {
    guard let address = addresses.first else { return finish(.unreachable(lastError)) }
    connector = SocketConnector(address, on: loop, timeout: patience) { [self] result in
      connector = nil
      switch result {
      case .failure(let error):
        connect(addresses.dropFirst(), "\(address): \(error.description)")
      case .success(let socket):
        report.address = "\(address)"
        greet(socket)
      }
    }
  }

  private func greet(_ socket: Socket) {
    let plain = SocketChannel(socket, keepAlive: TCPKeepAlive())
    do {
      let channel: any ByteChannel =
        try tls?.channel(plain, host: host, on: TLSLoop(on: loop)) ?? plain
      self.channel = channel
      timer = loop.schedule(after: patience) { self.finish(.silent) }
      try channel.open(on: loop, for: self)
    } catch {
      return finish(.lost("\(error)"))
    }
    ready([])
  }

  func ready(_ events: Readiness) {
    guard !isDone, let channel else { return }
    do {
      try goOn(channel)
    } catch {
      if let failure = (channel as? TLSChannel)?.failure { return finish(.tlsFailed(failure)) }
      finish(.lost("\(error)"))
    }
  }

  private func goOn(_ channel: any ByteChannel) throws {
    var wanted: Readiness = []
    if !unsent.isEmpty {
      switch try channel.write(unsent, from: 0) {
      case .all: unsent = []
      case .part(let count, let readiness):
        unsent.removeFirst(count)
        wanted.formUnion(readiness)
      }
    }
    var buffer = [UInt8](repeating: 0, count: 1024)
    while true {
      switch try channel.read(into: &buffer) {
      case .bytes(let count):
        received += buffer[..<count]
        if received.count >= ProbedProtocol.frameHeaderBytes {
          return finish(.answered(by: answer))
        }
      case .end:
        return finish(
          received.isEmpty
            ? .lost("the server closed the connection without a word") : .answered(by: answer))
      case .wouldBlock(let readiness):
        return try channel.watch(wanted.union(readiness))
      }
    }
  }

  private var answer: ProbedProtocol { ProbedProtocol(received[...]) }

  private func finish(_ outcome: ConnectionProbe.Outcome) {
    guard !isDone else { return }
    isDone = true
    timer?.cancel()
    connector?.cancel()
    report.outcome = outcome
    report.agreement = (channel as? TLSChannel)?.agreement
    channel?.close()
    channel = nil
    done(report)
  }
}

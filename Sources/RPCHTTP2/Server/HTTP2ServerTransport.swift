public import EventLoop
import HTTP2
public import RPC
import Synchronization
public import TLS

/// Serves HTTP/2 over TLS, or over cleartext sockets with prior knowledge (RFC 9113 sections 3.2 and
/// 3.3), and HTTP/1.1 on the same ports (RFC 9112): its requests are streams like HTTP/2's, one at a
/// time on a connection. gRPC itself gets 505 over HTTP/1.1.
///
/// With TLS the two sides agree on the version of HTTP in the handshake (ALPN); a client that names
/// none gets HTTP/1.1. Unix sockets are in cleartext always: they do not leave the machine.
///
/// It listens from its creation on, so that ports are known and errors come early; connections wait
/// in the system's queue until `run`. Each one lives on the loop that had the fewest when it came.
///
/// ```swift
/// let loops = try EventLoopGroup(count: ProcessorCount.available)
/// let transport = try HTTP2ServerTransport(addresses: [address], loops: loops.loops)
/// let server = RPCServer(transports: [transport], services: [service])
/// try await server.serve()
/// await loops.shutdown()
/// ```
///
/// `RPCServer` calls `run` and `beginGracefulShutdown`; every member may be used on any thread.
/// Cancelling the task of `run` ends all connections at once.
public final class HTTP2ServerTransport: ServerTransport {
  /// Where it listens, with the ports that the system chose.
  public let listeningAddresses: [SocketAddress]

  private let sockets: [ListeningSocket]
  private let loops: [EventLoop]
  private let limits: ConnectionLimits
  private let tls: ServerTLS?
  private let rates: HandshakeRates?
  private let peers: PeerConnections?
  private let observer: (any ConnectionObserver)?
  private let lifecycle: ServerLifecycle
  private let running = RunningServer()
  /// One of each loop.
  private let counters: [LoopConnectionCounters]
  private let refusalCounters = RefusalCounters()

  /// - Parameters:
  ///   - addresses: where it listens; port 0 lets the system choose one.
  ///   - inherited: sockets that listen already, besides those of `addresses`.
  ///   - loops: outlive the transport; their tasks are the calls.
  ///   - limits: the bounds on the cost of connections.
  ///   - tls: nil for cleartext.
  ///   - unixMode: the permissions of the files of Unix sockets.
  ///   - observer: is told of connections.
  public init(
    addresses: [SocketAddress], inherited: [ListeningSocket] = [], loops: [EventLoop],
    limits: ConnectionLimits = ConnectionLimits(), tls: ServerTLS? = nil,
    unixMode: UInt32 = ListeningSocket.defaultUnixMode, observer: (any ConnectionObserver)? = nil
  ) throws(ListenError) {
    precondition(!loops.isEmpty && !(addresses.isEmpty && inherited.isEmpty))
    let made = try addresses.map { (address) throws(ListenError) in
      do throws(SystemError) {
        return try ListeningSocket(address, unixMode: unixMode)
      } catch {
        throw ListenError(address: address, cause: error)
      }
    }
    sockets = inherited + made
    listeningAddresses = sockets.map(\.address)
    self.loops = loops
    self.limits = limits
    self.tls = tls
    peers = limits.maxConnectionsPerPeer.map { PeerConnections(limit: $0) }
    rates = limits.maxHandshakesPerSecond.map { HandshakeRates(perSecond: $0) }
    self.observer = observer
    lifecycle = ServerLifecycle(loops: loops.count)
    counters = loops.map { _ in LoopConnectionCounters() }
  }

  /// Connections at this moment; any thread.
  public var connections: Int { lifecycle.connections }

  /// Sums over all connections so far, open and closed. Any thread, at any time.
  ///
  /// The loops count without locks: while they work, the numbers are not all of the same moment.
  public var counts: ConnectionCounts {
    var counts = ConnectionCounts()
    for counters in counters { counters.add(to: &counts) }
    return counts
  }

  /// Connections, frames and requests that were turned away until now, by class. Any thread, any
  /// time.
  public var refusals: RefusalCounts { refusalCounters.counts }

  /// The connections at this moment; any thread. Each loop is asked in its turn, and answers
  /// between two pieces of its work. Empty unless the server runs; not to be called once the loops
  /// are shut down.
  public func liveConnections() async -> [ConnectionInfo] {
    var infos: [ConnectionInfo] = []
    for context in running.current {
      infos += await withCheckedContinuation { answer in
        context.loop.execute { answer.resume(returning: context.infos) }
      }
    }
    return infos
  }

  /// One of the connections at this moment, by its `ConnectionInfo.id`; nil when it is gone. As
  /// `liveConnections`.
  public func liveConnection(_ id: Int) async -> ConnectionDetails? {
    let contexts = running.current
    guard id > 0, !contexts.isEmpty else { return nil }
    // Each loop gives every n-th identifier.
    let context = contexts[(id - 1) % contexts.count]
    return await withCheckedContinuation { answer in
      context.loop.execute { answer.resume(returning: context.details(of: id)) }
    }
  }

  public func run(_ handler: any ServerStreamHandler) async throws {
    let idlePeers = limits.maxIdlePerPeer.map { IdlePeers(limit: $0) }
    let hostAccounts = HostAccounts()
    let windowBudget = WindowBudget(limits)
    let contexts = loops.indices.map { number in
      ConnectionContext(
        loop: loops[number], limits: limits, share: number, shares: loops.count,
        counters: counters[number], refusals: refusalCounters, handler: handler, observer: observer,
        idlePeers: idlePeers, hostAccounts: hostAccounts, windowBudget: windowBudget,
        secure: secure(on: loops[number], counters[number]))
    }
    let listeners = sockets.enumerated().map { number, socket in
      makeListener(socket, on: loops[number % loops.count], contexts)
    }
    running.set(contexts: contexts, listeners: listeners)
    guard lifecycle.start(listeners: listeners.count) else {
      for socket in sockets { socket.close() }
      return
    }
    for (listener, loop) in listeners { loop.execute { listener.start() } }
    await withTaskCancellationHandler {
      await lifecycle.waitUntilEnded()
    } onCancel: {
      beginGracefulShutdown()
      running.forEachContext { $0.closeAll("the server has stopped") }
    }
    running.clear()
  }

  /// Puts TLS over the sockets of one loop; nil for cleartext.
  private func secure(
    on loop: EventLoop, _ counters: LoopConnectionCounters
  ) -> ConnectionContext.Secure? {
    guard let tls else { return nil }
    let state = TLSLoop(on: loop) { counters.handshakeEnded($0) }
    return { [rates, refusalCounters, observer] (socket) throws(ChannelError) in
      if let rates, !rates.allow(socket.peerAddress, at: loop.now) {
        let peer = socket.peerAddress?.peerDescription ?? "unknown"
        refusalCounters.add(.tooManyHandshakes)
        observer?.connectionEvent(.tooManyHandshakes(peer: peer))
        throw ChannelError("too many handshakes")
      }
      return try tls.channel(socket, on: state)
    }
  }

  public func beginGracefulShutdown() {
    guard lifecycle.beginDrain() else { return }
    // A client that is told to go away may come back at once: by then nobody listens.
    running.forEachListener { [lifecycle, limits, running] listener in
      listener.stop(after: limits.listenerLinger) {
        guard lifecycle.listenerStopped() else { return }
        running.forEachContext { $0.beginGracefulShutdown() }
      }
    }
  }

  private func makeListener(
    _ socket: ListeningSocket, on loop: EventLoop, _ contexts: [ConnectionContext]
  ) -> (Listener, EventLoop) {
    let isCleartext = socket.address.isUnix
    let listener = Listener(
      socket, on: loop, backoff: limits.acceptBackoff,
      failed: { [observer, refusalCounters] error in
        refusalCounters.add(.acceptFailed)
        observer?.connectionEvent(.acceptFailed(error))
      }
    ) { [lifecycle, limits, observer, refusalCounters, peers] socket in
      let host = peers == nil ? nil : Self.limitedHost(of: socket)
      guard peers?.opened(host) ?? true else {
        refusalCounters.add(.tooManyConnections)
        observer?.connectionEvent(.tooManyConnections)
        return socket.close()
      }
      let admission = lifecycle.addConnection(limit: limits.maxConnections) {
        contexts[$0].oldestIdle.load(ordering: .relaxed)
      }
      switch admission {
      case .refused:
        refusalCounters.add(.tooManyConnections)
        observer?.connectionEvent(.tooManyConnections)
        peers?.closed(host)
        socket.close()
      case .opened(let index):
        contexts[index].loop.execute {
          Self.open(socket, isCleartext, in: contexts[index]) {
            peers?.closed(host)
            lifecycle.removeConnection(loop: index)
          }
          lifecycle.arrived(loop: index)
        }
      case .replaces(let index):
        contexts[index].loop.execute {
          Self.replace(socket, isCleartext, in: contexts[index]) {
            peers?.closed(host)
            lifecycle.removeConnection(loop: index)
          }
          lifecycle.arrived(loop: index)
        }
      }
    }
    return (listener, loop)
  }

  /// The host whose connections are counted; nil for this machine.
  private static func limitedHost(of socket: Socket) -> SocketAddress? {
    guard let peer = socket.peerAddress, !peer.isUnix, !peer.isLoopback else { return nil }
    return peer.with(port: 0)
  }

  /// Opens it in the place of the longest idle one. On the context's loop.
  private static func replace(
    _ socket: Socket, _ isCleartext: Bool, in context: ConnectionContext,
    _ closed: @escaping () -> Void
  ) {
    guard context.makeRoom() else {
      // Meanwhile the idle ones have work, or are gone.
      context.tell(.tooManyConnections)
      socket.close()
      return closed()
    }
    open(socket, isCleartext, in: context, closed)
  }

  /// On the context's loop.
  private static func open(
    _ socket: Socket, _ isCleartext: Bool, in context: ConnectionContext,
    _ closed: @escaping () -> Void
  ) {
    do {
      let channel = try context.makeChannel(socket, isCleartext: isCleartext)
      let connection = try SilentConnection(channel, in: context) { peer, reason, totals in
        context.observer?.connectionEvent(.closed(peer: peer, reason: reason, totals))
        closed()
      }
      context.observer?.connectionEvent(.opened(peer: connection.peer))
    } catch {
      // Too many handshakes, no memory for a session, or the kernel cannot watch one more.
      socket.close()
      closed()
    }
  }
}

/// An address on which the server cannot listen.
public struct ListenError: Error, CustomStringConvertible {
  public let address: SocketAddress
  public let cause: SystemError

  /// `cannot listen on 127.0.0.1:50051: bind: Address already in use`
  public var description: String { "cannot listen on \(address): \(cause)" }
}

import EventLoop
import RPC
import Wire

/// Which connection of a channel takes the next call, and which calls wait for one.
///
/// `@unchecked Sendable`: constants aside, it belongs to the loop's thread.
final class ChannelCore: @unchecked Sendable {
  enum Run {
    /// `run` has not begun.
    case never
    /// The same, and calls do not wait for it any more.
    case overdue
    case running
  }

  enum Phase {
    case idle, connecting, ready
    case failing(String)
  }

  /// How long calls wait for `run` to begin, at least: a program may start it beside its first call.
  static let runPatience = Duration.seconds(1)
  static let doesNotRun = "the channel does not run: call run()"

  let target: String
  let authority: String
  let context: ConnectionContext
  let options: ChannelOptions
  let place: TargetPlace
  let onEvent: @Sendable (ChannelEvent) -> Void
  var loop: EventLoop { context.loop }

  /// The connections that take calls, and whose turn was last.
  @safe @exclusivity(unchecked) var ready: [ClientConnection] = []
  @safe @exclusivity(unchecked) var turn = 0
  /// When the last call began.
  @safe @exclusivity(unchecked) private(set) var lastCallAt: MonotonicTime

  var run = Run.never
  var phase = Phase.idle
  var isShutDown = false
  var balancer: (any LoadBalancer)?
  /// All open connections, also the ones that only finish their calls.
  var connections: [ObjectIdentifier: ClientConnection] = [:]
  /// Calls that no connection has taken yet.
  var pending = WaitingStreams()
  var wantsConnection = false
  private var isRunTimerSet = false
  var idleTimer: EventLoop.Timer?

  // Looking the name up.
  var schedule: ResolutionSchedule
  /// Begins a lookup, which ends in `resolved`; while the channel runs.
  var resolve: (() -> Void)?

  /// Waits for the end of the last connection.
  private var runner: CheckedContinuation<Void, Never>?
  var watchers = StateWatchers()

  init(
    target: TargetPlace, context: ConnectionContext, options: ChannelOptions,
    onEvent: @escaping @Sendable (ChannelEvent) -> Void
  ) {
    self.target = target.description
    authority = target.authority
    place = target
    self.context = context
    self.options = options
    self.onEvent = onEvent
    lastCallAt = context.loop.now
    schedule = ResolutionSchedule(options)
    if case .malformed(let fault) = target.kind { phase = .failing(fault.description) }
  }

  // MARK: Calls

  func openStream(
    _ head: HeaderFields, endStream: Bool, waitsForReady: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    context.counters.callsStarted.add(1)
    lastCallAt = context.loop.now
    if let connection = pick() {
      return connection.openStream(head, endStream: endStream, receiver)
    }
    return openLater(head, endStream: endStream, waitsForReady: waitsForReady, receiver)
  }

  /// The connection whose turn it is; nil when none takes calls.
  private func pick() -> ClientConnection? {
    if ready.count == 1 { return ready[0].takesStreams ? ready[0] : nil }
    for _ in ready.indices {
      turn = turn + 1 < ready.count ? turn + 1 : 0
      if ready[turn].takesStreams { return ready[turn] }
    }
    return nil
  }

  private func openLater(
    _ head: HeaderFields, endStream: Bool, waitsForReady: Bool, _ receiver: any StreamReceiver
  ) -> any TransportStream {
    dismissUnusable()
    if let reason = refusal(waitsForReady: waitsForReady) {
      return ClosedStream(context, target, receiver, .connectionLost(reason))
    }
    let stream = WaitingStream(context, target, head, endStream: endStream, receiver)
    stream.waitsForReady = waitsForReady
    pending.append(stream)
    if run == .never { waitForRun() }
    connect()
    return stream
  }

  /// Why a call that no connection takes is not to wait; nil when it is.
  private func refusal(waitsForReady: Bool) -> String? {
    if isShutDown { return "\(target): shut down" }
    if run == .overdue { return "\(target): \(Self.doesNotRun)" }
    if case .malformed(let fault) = place.kind { return fault.description }
    if case .failing(let reason) = phase, !waitsForReady { return "\(target): \(reason)" }
    return nil
  }

  /// Connections that were ready and have come to take no more streams.
  private func dismissUnusable() {
    for connection in ready where !connection.takesStreams { connection.onGoAway?() }
  }

  /// Streams that have waited on a connection which goes away, and that the server has never seen.
  func reopen(_ streams: [WaitingStream]) {
    dismissUnusable()
    for stream in streams {
      if let connection = pick() {
        connection.wait(stream)
      } else if let reason = refusal(waitsForReady: stream.waitsForReady) {
        stream.fail(.connectionLost(reason))
      } else {
        pending.append(stream)
      }
    }
    if !pending.isEmpty { connect() }
  }

  func givePending() {
    if pending.isEmpty { return }
    for stream in pending.takeAll() {
      if let connection = pick() { connection.wait(stream) } else { pending.append(stream) }
    }
  }

  /// - Parameter all: also the calls that wait for a connection however long it takes.
  func failPending(_ reason: String, all: Bool) {
    if pending.isEmpty { return }
    for stream in pending.takeAll() {
      if all || !stream.waitsForReady {
        stream.fail(.connectionLost("\(target): \(reason)"))
      } else {
        pending.append(stream)
      }
    }
  }

  // MARK: Running

  /// `run` has begun.
  ///
  /// - Parameter resolve: begins a lookup.
  func begin(_ resolve: @escaping () -> Void) {
    run = .running
    self.resolve = resolve
    if wantsConnection || !pending.isEmpty { connect() }
  }

  /// Resumes `runner` when the channel was shut down and its last connection is over.
  func waitForEnd(_ runner: CheckedContinuation<Void, Never>) {
    self.runner = runner
    endIfOver()
  }

  private func waitForRun() {
    if isRunTimerSet { return }
    isRunTimerSet = true
    loop.schedule(after: Self.runPatience) { [weak self] in
      guard let self, run == .never else { return }
      // On a busy machine the task that calls `run` may not have had its turn: one that begins now
      // has it after it.
      Task.detached { self.loop.execute { self.runIsOverdue() } }
    }
  }

  private func runIsOverdue() {
    guard run == .never, !isShutDown else { return }
    run = .overdue
    failPending(Self.doesNotRun, all: true)
  }

  func beginGracefulShutdown() {
    if isShutDown { return }
    isShutDown = true
    // Calls that wait for an attempt which is under way have begun before.
    if run == .running, case .connecting = phase, !pending.isEmpty { return watchers.tell(state) }
    stop()
  }

  func cancel() {
    isShutDown = true
    failPending("cancelled", all: true)
    // First: it would connect again.
    dropBalancer()
    for connection in connections.values { connection.cancel() }
    stop()
  }

  /// No call begins any more.
  func stop() {
    isShutDown = true
    failPending("shut down", all: true)
    resolve = nil
    dropBalancer()
    watchers.tell(state)
    endIfOver()
  }

  func dropBalancer() {
    idleTimer?.cancel()
    idleTimer = nil
    ready = []
    schedule.stopped()
    balancer?.close()
    balancer = nil
  }

  func endIfOver() {
    guard isShutDown, connections.isEmpty, pending.isEmpty else { return }
    runner?.resume()
    runner = nil
  }
}

import EventLoop
import HTTP2

/// Grows the windows of one connection and its streams as they turn out to be too small.
extension Connection {
  /// The PING that measures a round trip: "bandwidt".
  static let bandwidthPing: UInt64 = 0x6261_6e64_7769_6474
  /// Fewer bytes at once are no bulk, and not looked at.
  static let bulkBytes = 1024

  /// Bulk has come on a stream.
  func countBulk(_ count: Int, of stream: ConnectionStream) {
    guard let budget = context.windowBudget else { return }
    let now = context.loop.now
    flow.lastBulkAt = now
    stream.window.count(count, sample: flow.probe.number)
    // It need not learn anew what the connection knows.
    if stream.window.bulk >= stream.window.bytes / 2, flow.learned > stream.window.bytes,
      stream.window.asksForLearned()
    {
      grow(stream, to: flow.learned, budget)
    }
    guard flow.probe.received(count, at: now) else { return }
    session.ping(Self.bandwidthPing)
    requestFlush()
  }

  /// The answer to a PING that measures has come.
  func bandwidthMeasured() {
    guard let budget = context.windowBudget else { return }
    let number = flow.probe.number
    guard let sample = flow.probe.answered(at: context.loop.now) else { return }
    let before = flow.extra
    // Before the peer knows the windows it has, there is no telling which are too small.
    if sample.isFastest, session.areSettingsAcknowledged {
      for stream in session.streams {
        let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
        guard stream.window.sample == number, stream.window.isTooSmall(stream.unconsumedBytes),
          !stream.isHeldBack, !stream.remoteEnded, !stream.isClosed
        else { continue }
        grow(stream, to: 2 * stream.window.bytes, budget)
        flow.learned = max(flow.learned, stream.window.bytes)
      }
      // No smaller than that of a stream, which it would hold back.
      let needed = sample.bytes > flow.bytes / 3 * 2 ? 2 * sample.bytes : 0
      grow(to: max(needed, flow.learned), budget)
    }
    flow.probe.used(flow.extra > before, at: context.loop.now)
  }

  private func grow(_ stream: ConnectionStream, to bytes: Int, _ budget: WindowBudget) {
    let granted = take(min(bytes, budget.growth.maxWindowBytes) - stream.window.bytes, budget)
    guard granted > 0 else { return }
    stream.window.bytes += granted
    stream.window.extra += granted
    session.setReceiveWindow(stream.window.bytes, of: stream)
    requestFlush()
  }

  private func grow(to bytes: Int, _ budget: WindowBudget) {
    let granted = take(min(bytes, budget.growth.maxWindowBytes) - flow.bytes, budget)
    guard granted > 0 else { return }
    flow.bytes += granted
    flow.ownExtra += granted
    session.setReceiveWindow(flow.bytes)
    requestFlush()
  }

  private func take(_ wanted: Int, _ budget: WindowBudget) -> Int {
    guard wanted > 0 else { return 0 }
    let granted = budget.take(wanted, own: flow.extra, account)
    flow.extra += granted
    return granted
  }

  private func giveBack(_ count: Int) {
    guard count > 0 else { return }
    flow.extra -= count
    context.windowBudget?.giveBack(count)
  }

  // MARK: Giving back

  /// Shrinks windows that are not used any more, and gives back what the peer cannot use any more;
  /// once per tick of the context.
  func lookAfterWindows() {
    guard flow.extra > 0, let budget = context.windowBudget else { return }
    if context.loop.now - flow.lastBulkAt >= budget.growth.unusedTime { shrinkWindows() }
    // What was given stays with the peer until it has sent as much.
    let own = max(flow.bytes, session.receiveWindow) - flow.firstBytes
    if own < flow.ownExtra {
      giveBack(flow.ownExtra - max(0, own))
      flow.ownExtra = max(0, own)
    }
    guard flow.extra > flow.ownExtra else { return }
    for stream in session.streams {
      let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
      guard stream.window.extra > 0 else { continue }
      let given = max(stream.window.bytes, session.receiveWindow(of: stream))
      let extra = max(0, given - stream.window.firstBytes)
      guard extra < stream.window.extra else { continue }
      giveBack(stream.window.extra - extra)
      stream.window.extra = extra
    }
  }

  private func shrinkWindows() {
    flow.learned = 0
    if flow.bytes > flow.firstBytes {
      flow.bytes = flow.firstBytes
      session.setReceiveWindow(flow.bytes)
    }
    for stream in session.streams {
      let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
      guard stream.window.bytes > stream.window.firstBytes else { continue }
      stream.window.bytes = stream.window.firstBytes
      session.setReceiveWindow(stream.window.bytes, of: stream)
    }
  }

  /// A stream is over.
  func returnWindow(of stream: ConnectionStream) {
    giveBack(stream.window.extra)
    stream.window.extra = 0
  }

  /// The connection is over.
  func returnWindows() {
    giveBack(flow.extra)
    flow.ownExtra = 0
  }
}

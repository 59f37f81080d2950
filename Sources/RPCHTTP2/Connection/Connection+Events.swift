import EventLoop
import HTTP2
import RPC
import Wire

extension Connection {
  /// Hands the session's events to the streams.
  ///
  /// - Parameter reason: why the connection ended, if it did.
  func drainEvents(_ reason: String = "") {
    let session = self.session
    while let event = session.nextEvent() {
      switch consume event {
      case .data(let stream, let range, let endStream):
        guard let target = called(stream) else {
          // The body of a request that was refused for its headers.
          session.consume(stream, range.count)
          continue
        }
        if !range.isEmpty { held(range.count, of: target) }
        if range.count >= Self.bulkBytes { countBulk(range.count, of: target) }
        guard let receiver = target.receiver else { continue }
        let bytes = session.data(in: range)
        receiver.received(bytes, endStream: endStream)
      case .headers(let stream, let block, let endStream):
        received(block, on: stream, endStream: endStream)
      case .trailers(let stream, let block):
        called(stream)?.receiver?.receivedTrailers(block)
      case .writable(let stream):
        called(stream)?.receiver?.writable()
      case .closed(let stream, let why):
        closed(stream, StreamCloseReason(why, connection: reason))
      case .headerListTooLarge(let stream, let excess, _):
        headerListTooLarge(stream, excess)
      case .settings:
        life.settingsReceived(at: context.loop.now)
        if context.isDraining { beginGracefulShutdown() }
        onReady?()
        onReady = nil
        onRoom?()
      case .goAway(_, let code, let debug):
        if code == .enhanceYourCalm, debug == ConnectionLife.tooManyPings {
          context.sendFewerPings()
        }
        peerGoesAway()
      case .pingAcked(let opaque):
        if opaque == Self.bandwidthPing { bandwidthMeasured() }
      case .refused(let refusal, let stream):
        if stream != 0, refusal == .tooManyStreams || refusal.isOfHeaderList {
          countStream(isRefused: true)
        }
        context.tell(.refused(peer: peer, refusal))
      case .malformed(let fault, _):
        context.tell(.malformed(peer: peer, fault))
      }
    }
  }

  /// The stream, if it has a call. All streams of the session come from its `makeStream`.
  @inline(__always)
  private func called(_ stream: HTTP2Stream) -> ConnectionStream? {
    let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
    return stream.hasCall ? stream : nil
  }

  /// A call begins on a stream that the session has opened.
  func beginCall(on stream: HTTP2Stream) -> ConnectionStream {
    let new = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
    new.hasCall = true
    countStream()
    activity.lastStreamAt = context.loop.now
    life.callBegan()
    noteIdle()
    return new
  }

  private func received(_ fields: HeaderFields, on stream: HTTP2Stream, endStream: Bool) {
    guard session.role == .server else {
      let target = called(stream)
      target?.receiver?.receivedHeaders(fields, endStream: endStream)
      return
    }
    guard let takesStream = context.takesStream else { return }
    guard openRequests.hasRoom else { return refuse(stream) }
    let new = beginCall(on: stream)
    new.openCost = openRequests.began(fields)
    countQueuedBytes()
    if !deferred.isEmpty || context.isOverQueued(session.queuedBytes) {
      let request = DeferredRequest(new, fields, endStream: endStream)
      new.receiver = request
      deferred.append(request)
      return
    }
    new.receiver = takesStream(new, fields, endStream)
  }

  /// The calls in progress take too much.
  private func refuse(_ stream: HTTP2Stream) {
    // No call holds it.
    session.release(stream)
    countStream(isRefused: true)
    context.tell(.refused(peer: peer, .tooManyOpenRequests))
    session.submitHeaders(
      stream,
      RPCError.overloaded(
        "the server has too many calls in progress",
        retryAfter: .seconds(1) * .random(in: 0.5..<1.5)
      ).trailersOnly, endStream: true)
  }

  /// Starts requests that had to wait, as long as the replies leave.
  func startDeferred() {
    countQueuedBytes()
    guard !deferred.isEmpty, let takesStream = context.takesStream else { return }
    var started = 0
    while started < deferred.count, !context.isOverQueued(session.queuedBytes) {
      deferred[started].start(takesStream)
      started += 1
      countQueuedBytes()
    }
    deferred.removeFirst(started)
  }

  private func closed(_ stream: HTTP2Stream, _ reason: StreamCloseReason) {
    guard let target = called(stream) else { return }
    let isComplete = session.role == .server ? stream.localEnded : stream.remoteEnded
    if !isComplete { activity.streamsFailed &+= 1 }
    life.callEnded(at: context.loop.now)
    noteIdle()
    target.close(reason)
    onRoom?()
  }

  /// A new request is not known, so it is answered as gRPC would answer it. A call that goes on
  /// ends.
  private func headerListTooLarge(_ stream: HTTP2Stream, _ excess: HeaderListExcess) {
    let status = RPCError(.resourceExhausted, "\(excess)")
    guard session.role == .client || excess.isTrailers else {
      session.submitHeaders(stream, status.trailersOnly, endStream: true)
      return
    }
    if session.role == .client, let receiver = called(stream)?.receiver {
      // In place of the block that was not kept.
      if excess.isTrailers {
        receiver.receivedTrailers(status.trailersOnly)
      } else {
        receiver.receivedHeaders(status.trailersOnly, endStream: true)
      }
    }
    session.reset(stream, .enhanceYourCalm)
  }

  /// The peer has sent GOAWAY: the connection ends after its last stream, and a client opens no
  /// more.
  private func peerGoesAway() {
    life.peerWentAway(at: context.loop.now)
    noteIdle()
    onGoAway?()
    onRoom?()
    requestFlush()
  }
}

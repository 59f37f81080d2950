import EventLoop
import HTTP1
import RPC
import Wire

extension HTTP1Connection {
  /// Bytes of one write.
  private static let writeBytes = 128 * 1024
  private static let answered = "the last response is written"
  /// Writes in one turn for one connection.
  private static let maxWrites = 8

  /// Writes what the call has queued, ends the exchange, and goes on with the bytes that wait: no
  /// member of the stream does that itself.
  func flush() {
    guard phase == .serving else { return }
    if isEnding { return lingerOnceWritten() }
    if stream?.resetReason != nil { return abort() }
    for _ in 0..<Self.maxWrites {
      if isBlocked || phase != .serving || !writeOnce() { break }
    }
    guard phase == .serving else { return }
    if stream != nil, responseIsComplete {
      endExchange()
    } else if stream == nil, peerHasEnded, !isBlocked {
      // It has ended its half when the last answer waited to be taken.
      linger(Self.answered)
    }
    guard phase == .serving else { return }
    stream?.tellIfWritable()
    takePending()
    countQueuedBytes()
    updateInterest()
    readPendingInput()
    if hasOutput, !isBlocked { requestFlush() }
  }

  /// The call has handed over bytes that wait.
  var hasOutput: Bool {
    guard let stream, stream.response.head != nil else { return false }
    return stream.queuedBytes > 0 || stream.response.isEnded
  }

  /// True if there may be more.
  private func writeOnce() -> Bool {
    context.output.removeAll(keepingCapacity: true)
    fill(&context.output)
    countQueuedBytes()
    guard !context.output.isEmpty else { return false }
    do {
      countWritten(try output.write(context.output, to: channel))
      if isBlocked { bytesReadWhileBlocked = 0 }
      return hasOutput && !responseIsComplete
    } catch {
      close(error.description)
      return false
    }
  }

  /// The channel is ready for more of the bytes that were kept.
  func writeUnsent() {
    do {
      countWritten(try output.resume(channel))
      updateInterest()
      if !isBlocked { requestFlush() }
    } catch {
      close(error.description)
    }
  }

  private func fill(_ output: inout [UInt8]) {
    guard let stream, !responseIsComplete else { return }
    guard let head = stream.response.head else {
      if awaitsContinue {
        awaitsContinue = false
        output += HTTP1ResponseEncoder.continuing
      }
      return
    }
    awaitsContinue = false
    if !hasWrittenHead { write(head, of: stream, into: &output) }
    while output.count < Self.writeBytes,
      let piece = stream.takeBody(limit: Self.writeBytes - output.count)
    {
      encoder?.body(piece.span, into: &output)
    }
    if stream.queuedBytes == 0, let trailers = stream.response.trailers {
      encoder?.end(trailers, into: &output)
      responseIsComplete = true
    }
  }

  private func write(_ head: HeaderFields, of stream: HTTP1Stream, into output: inout [UInt8]) {
    let isWhole = stream.response.isEnded
    // A client that is still sending its request would have to finish it for nothing.
    let endsConnection = isDraining || peerHasEnded || isWhole && !requestIsComplete
    encoder?.head(
      head, bodyBytes: isWhole ? stream.queuedBytes : nil,
      hasTrailers: stream.response.trailers?.count ?? 0 > 0, endsConnection: endsConnection,
      secondsSince1970: Self.seconds, into: &output)
    hasWrittenHead = true
  }

  /// Tells the context how much waits in the stream's queue.
  func countQueuedBytes() {
    let queued = stream?.queuedBytes ?? 0
    guard queued != countedQueue else { return }
    context.queued(queued - countedQueue)
    countedQueue = queued
  }

  /// The response is written: the next request's turn, or the end.
  private func endExchange() {
    let isLast = !requestIsComplete || !(encoder?.keepsAlive ?? false)
    endStream(.finished)
    if isLast || isDraining || peerHasEnded {
      linger(isDraining ? "shut down" : Self.answered)
    }
  }

  func endStream(_ reason: StreamCloseReason) {
    guard let stream else { return }
    self.stream = nil
    encoder = nil
    if !responseIsComplete { activity.streamsFailed += 1 }
    idleSince = context.loop.now
    stream.close(reason)
    countQueuedBytes()
    noteHeld()
    noteIdle()
  }

  /// The call has given up: a response that is not whole must not look as if it was.
  private func abort() {
    endStream(.resetLocally)
    close("the call was reset")
  }
}

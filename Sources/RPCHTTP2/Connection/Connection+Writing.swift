import EventLoop
import HTTP2

extension Connection {
  /// Bytes of one write.
  private static let writeBytes = 128 * 1024
  /// Writes in one turn for one connection.
  private static let maxWrites = 8

  /// Writes the queued bytes of all streams, in as few system calls as the channel allows.
  func flush() {
    guard life.isOpen else { return }
    for _ in 0..<Self.maxWrites {
      if isBlocked || !writeOnce() { break }
    }
    guard life.isOpen else { return }
    if session.failure != nil {
      life.sessionFailed(at: context.loop.now)
      noteIdle()
    }
    startDeferred()
    onRoom?()
    guard !isBlocked else { return }
    if session.wantsWrite {
      requestFlush()
    } else if life.endsWhenFinished, session.isFinished {
      linger(session.failure?.description ?? "shut down")
    }
  }

  /// True if there is more.
  private func writeOnce() -> Bool {
    context.frames.removeAll()
    let hasMore = session.produceOutput(into: &context.frames, limit: Self.writeBytes)
    drainEvents()
    guard life.isOpen, !context.frames.isEmpty, let channel else { return false }
    do {
      countWritten(try output.write(context.frames, to: channel))
      guard isBlocked else { return hasMore }
      bytesReadWhileBlocked = 0
      updateInterest()
    } catch {
      close(error.description)
    }
    return false
  }

  /// The channel is ready for more of the bytes that were kept.
  func writeUnsent() {
    guard let channel else { return }
    do {
      countWritten(try output.resume(channel))
      updateInterest()
      if !isBlocked { requestFlush() }
    } catch {
      close(error.description)
    }
  }

  /// Ends this side's half, behind the bytes that were kept.
  func endWriting() {
    guard let channel else { return }
    do {
      try output.end(channel)
      updateInterest()
    } catch {
      close(error.description)
    }
  }
}

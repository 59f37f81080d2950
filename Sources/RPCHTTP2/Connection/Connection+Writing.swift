import EventLoop
import HTTP2

extension Connection {
  /// Bytes of one write.
  private static let writeBytes = 128 * 1024
  /// Writes in one turn for one connection.
  private static let maxWrites = 8

  /// Writes what all streams have queued, in as few system calls as the socket allows.
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
    guard !isBlocked else { return }
    if session.wantsWrite {
      requestFlush()
    } else if life.endsWhenFinished, session.isFinished {
      linger(session.failure?.description ?? "shut down")
    }
  }

  /// True if there is more.
  private func writeOnce() -> Bool {
    context.output.removeAll(keepingCapacity: true)
    let hasMore = session.produceOutput(into: &context.output, limit: Self.writeBytes)
    drainEvents()
    guard life.isOpen, !context.output.isEmpty, let socket else { return false }
    do {
      let sent = try socket.write(context.output)
      bytesWritten &+= sent
      if sent < context.output.count {
        keep(context.output[sent...])
        return false
      }
      return hasMore
    } catch {
      close(error.description)
      return false
    }
  }

  private func keep(_ rest: ArraySlice<UInt8>) {
    unsent = Array(rest)
    unsentStart = 0
    bytesReadWhileBlocked = 0
    updateInterest()
  }

  /// The socket takes more of what was kept.
  func writeUnsent() {
    guard let socket else { return }
    do {
      let sent = try socket.write(unsent, from: unsentStart)
      bytesWritten &+= sent
      unsentStart += sent
      guard !isBlocked else { return }
      unsent = []
      unsentStart = 0
      updateInterest()
      requestFlush()
    } catch {
      close(error.description)
    }
  }
}

import EventLoop
import TrackDomain
import TrackStoreSQL

/// A connection that an event loop reads from. Belongs to the loop.
///
/// Nothing here throws: where something fails, the connection or its batch is given up.
final class ReaderLine: EventHandler, TimerTarget {
  let connection: PostgreSQLConnection
  private unowned let reader: LoopReader
  private let loop: EventLoop
  /// How long an answer may take.
  private let patience: Duration
  private let socket: WatchedSocket
  @safe @exclusivity(unchecked) private var batch: ReadBatch?
  /// Whether rows of the batch are to come.
  @safe @exclusivity(unchecked) private var isAsking = false
  /// Whether something was enqueued that has to go out.
  @safe @exclusivity(unchecked) private var hasEnqueued = false
  var timerPosition = -1

  /// - Returns: nil where its socket cannot be watched.
  init?(
    _ connection: PostgreSQLConnection, of reader: LoopReader, _ patience: Duration,
    on loop: EventLoop
  ) {
    guard let socket = WatchedSocket(connection, on: loop) else { return nil }
    self.connection = connection
    self.reader = reader
    self.loop = loop
    self.patience = patience
    self.socket = socket
    guard socket.watch(self) else { return nil }
  }

  /// Ends it; others read what was asked for.
  func end() {
    loop.disarm(self)
    socket.end()
    batch?.giveUp()
    batch = nil
  }

  var isFree: Bool { batch == nil }

  // MARK: Sending

  /// Begins a batch. False: the connection is lost.
  func begin(_ batch: ReadBatch) -> Bool {
    self.batch = batch
    do {
      try connection.enqueue(command: ReaderSource.begin)
    } catch {
      return false
    }
    return ask(batch)
  }

  /// Sends what the closures of the batch have asked for next, or ends it. False: the connection is
  /// lost.
  func goOn() -> Bool {
    guard let batch, !isAsking else { return true }
    return batch.isDone ? finish(undoing: false) : ask(batch)
  }

  private func ask(_ batch: ReadBatch) -> Bool {
    isAsking = true
    hasEnqueued = true
    do {
      try batch.rows.send(by: connection)
    } catch {
      if connection.isBroken { return false }
      // It cannot be sent at all; whose it is will be told elsewhere.
      isAsking = false
      return finish(undoing: true)
    }
    return true
  }

  private func finish(undoing: Bool) -> Bool {
    batch?.giveUp()
    batch = nil
    hasEnqueued = true
    do {
      if undoing { try connection.forget() } else { try connection.enqueue(command: "COMMIT") }
    } catch {
      return false
    }
    return true
  }

  /// Writes what was enqueued in this turn. False: the connection is lost.
  func push() -> Bool {
    guard hasEnqueued else { return true }
    hasEnqueued = false
    do {
      try connection.startWaiting()
    } catch {
      return false
    }
    loop.arm(self, after: patience)
    return socket.update()
  }

  // MARK: Receiving

  func ready(_ events: Readiness) {
    // A server that is asked nothing says only that it ends.
    guard connection.isAwaiting else { return reader.lose(self) }
    do {
      guard try connection.advance() else {
        if !socket.update() { reader.lose(self) }
        return
      }
      loop.disarm(self)
      guard socket.update() else { return reader.lose(self) }
      if isAsking, let batch {
        try batch.rows.take()
        isAsking = false
        batch.run()
      }
    } catch {
      if connection.isBroken || !isAsking { return reader.lose(self) }
      isAsking = false
      loop.disarm(self)
      guard finish(undoing: true) else { return reader.lose(self) }
    }
    loop.atEndOfTurn(reader)
  }

  /// The server does not answer.
  func timerFired() { reader.lose(self) }
}

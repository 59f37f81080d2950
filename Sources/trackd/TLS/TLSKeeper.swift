import Crypto
import EventLoop
import TLS

/// Keeps the server's TLS up to date: reads its files again when they change, and gives session
/// tickets new keys twice a day. What is broken changes nothing, and is logged.
///
/// Any thread; `reload` and `rotate` block, and are called by one thread at a time.
final class TLSKeeper: Sendable {
  /// How long the keys of session tickets are used; their tickets open for as long again.
  static let ticketTime = Duration.seconds(12 * 3600)

  let server: ServerTLS
  private let files: TLSFiles
  private let logger: Logger
  private let fault = LastFault()

  /// Reads the files for the first time. Blocks.
  ///
  /// - Throws: when they cannot be used.
  init(_ files: TLSFiles, logger: Logger) throws(PEMFile.Fault) {
    self.files = files
    self.logger = logger
    server = ServerTLS(try files.read())
    tellOfEnd()
  }

  /// Reads the files again when one changes.
  func watch(with watcher: FileWatcher, on loop: EventLoop) {
    watcher.watch({ [files] in files.paths }, { [self] in reload($0) })
    loop.execute { self.rotateLater(watcher, on: loop) }
  }

  private func reload(_ cause: FileWatcher.Cause) -> Bool {
    do {
      server.use(try files.read(previous: server.context))
      fault.isOver()
      if cause != .first {
        logger.always(.info, "the TLS certificates were read again")
        tellOfEnd()
      }
      return true
    } catch {
      guard fault.isNews(error.description, cause) else { return false }
      logger.always(.error, "the TLS certificates cannot be read again; the earlier ones count") {
        $0.string("reason", error.description)
      }
      return false
    }
  }

  /// Gives session tickets new keys, whether the files can be read at the moment or not.
  private func rotate() {
    do {
      server.use(try TLSServerContext(rotating: server.context))
      tellOfEnd()
    } catch {
      logger.always(.error, "session tickets get no new keys") {
        $0.string("reason", error.description)
      }
    }
  }

  /// On the loop's thread.
  private func rotateLater(_ watcher: FileWatcher, on loop: EventLoop) {
    _ = loop.schedule(after: Self.ticketTime) { [weak self, weak watcher] in
      guard let self, let watcher else { return }
      watcher.run { self.rotate() }
      rotateLater(watcher, on: loop)
    }
  }

  /// Clients refuse a certificate that has expired: somebody has to be told in time.
  private func tellOfEnd() {
    let now = WallClock.nowMicroseconds() / 1_000_000
    for certificate in server.context.certificates {
      let left = certificate.notAfter - now
      if left < 0 {
        logger.always(.error, "a TLS certificate has expired") {
          $0.string("subject", certificate.subject)
        }
      } else if left < 7 * 86_400 {
        logger.always(.warning, "a TLS certificate expires soon") {
          $0.string("subject", certificate.subject)
          $0.integer("hours_left", left / 3600)
        }
      }
    }
  }
}

import EventLoop
import TLS

/// Keeps the TLS of connections to remote services, or to the collector of spans, up to date: reads its files again when they
/// change. What is broken changes nothing, and is logged.
final class RemoteTLSKeeper: Sendable {
  let client: ClientTLS
  private let files: ClientTLSFiles
  private let logger: Logger
  private let fault = LastFault()

  /// Reads the files for the first time. Blocks.
  ///
  /// - Throws: when they cannot be used.
  init(_ files: ClientTLSFiles, logger: Logger) throws(PEMFile.Fault) {
    self.files = files
    self.logger = logger
    client = ClientTLS(try files.read())
  }

  /// Reads the files again when one changes.
  func watch(with watcher: FileWatcher) {
    watcher.watch({ [files] in files.paths }, { [self] in reload($0) })
  }

  private func reload(_ cause: FileWatcher.Cause) -> Bool {
    do {
      client.use(try files.read())
      fault.isOver()
      if cause != .first {
        logger.always(.info, "the certificates for remote services were read again")
      }
      return true
    } catch {
      guard fault.isNews(error.description, cause) else { return false }
      logger.always(
        .error, "the certificates for remote services cannot be read again; the earlier ones count"
      ) {
        $0.string("reason", error.description)
      }
      return false
    }
  }
}

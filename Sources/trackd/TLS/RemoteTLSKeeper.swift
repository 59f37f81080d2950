import EventLoop
import TLS

/// Keeps the TLS of connections to remote services, or to the collector of spans, up to date: reads
/// its files again when they change. What is broken changes nothing, and is logged.
final class RemoteTLSKeeper: Sendable {
  let client: ClientTLS
  private let files: ClientTLSFiles
  private let peers: String
  private let logger: Logger
  private let fault = LastFault()

  /// Reads the files for the first time. Blocks.
  ///
  /// - Parameter peers: whom the connections lead to, for the log: `remote services`.
  /// - Throws: when they cannot be used.
  init(_ files: ClientTLSFiles, of peers: String, logger: Logger) throws(PEMFile.Fault) {
    self.files = files
    self.peers = peers
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
        logger.always(.info, "the certificates of outgoing connections were read again") {
          $0.string("to", peers)
        }
      }
      return true
    } catch {
      guard fault.isNews(error.description, cause) else { return false }
      logger.always(
        .error,
        "the certificates of outgoing connections cannot be read again; the earlier ones count"
      ) {
        $0.string("to", peers)
        $0.string("reason", error.description)
      }
      return false
    }
  }
}

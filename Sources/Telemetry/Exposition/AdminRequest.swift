/// What a request to the listener for those who run a server asks for. Pure.
public struct AdminRequest: Sendable, Hashable {
  public enum Page: String, Sendable, CaseIterable {
    case health = "/healthz"
    case metrics = "/metrics"
    case readiness = "/readyz"
    case version = "/version"
  }

  public enum Refusal: Error, Sendable, Hashable {
    case noSuchPage
    /// Pages are only read.
    case method
  }

  public let page: Page
  /// Whether each check is wanted, also when all is well: `?verbose`.
  public let isVerbose: Bool
  /// Whether the Accept header names JSON.
  public let wantsJSON: Bool
  /// Of metrics.
  public let format: ExpositionFormat

  /// - Parameters:
  ///   - target: path and query, as sent.
  ///   - accept: the Accept header as it came, however wrong; nil without one.
  public init(method: String, target: String, accept: String?) throws(Refusal) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, let page = Page(rawValue: String(path)) else {
      throw .noSuchPage
    }
    guard method == "GET" || method == "HEAD" else { throw .method }
    self.page = page
    let query = parts.count == 2 ? parts[1] : ""
    isVerbose = query.split(separator: "&").contains { $0 == "verbose" || $0 == "verbose=1" }
    wantsJSON = MediaRange.parse(accept ?? "").contains {
      $0.type == "application/json" && $0.weight > 0
    }
    format = ExpositionFormat(accept: accept)
  }
}

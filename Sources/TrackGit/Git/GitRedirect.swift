import EventLoop
import TrackDomain

/// An answer that sends git elsewhere. It is not followed: the new place was not checked.
enum GitRedirect {
  /// Whether a command over https failed because of one.
  static func isOne(_ output: ChildOutput) -> Bool {
    guard !output.isSuccess else { return false }
    return String(decoding: output.error, as: UTF8.self).split(whereSeparator: \.isNewline)
      .contains { line in
        !line.hasPrefix("remote:") && line.contains("The requested URL returned error: 30")
      }
  }

  /// Variables that make git tell of the headers it gets. Credentials are left out of that.
  static let trace = ["GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"]

  /// The target, in what a command with `trace` wrote; nil when it tells none.
  static func target(_ trace: [UInt8]) -> String? {
    let lines = String(decoding: trace, as: UTF8.self).split(whereSeparator: \.isNewline)
    for line in lines {
      let parts = line.ranges(of: "<= Recv header: ")
      guard let start = parts.first?.upperBound else { continue }
      let field = line[start...].split(separator: ":", maxSplits: 1)
      guard field.count == 2, field[0].lowercased() == "location" else { continue }
      let words = GitWords.clean(String(field[1])).split(separator: " ").joined(separator: " ")
      let place = words.prefix { $0 != "?" && $0 != "#" }
      return place.isEmpty ? nil : String(place.unicodeScalars.prefix(maximumTarget))
    }
    return nil
  }

  private static let maximumTarget = 300

  static func error(to target: String?) -> IntegrationError {
    let place = target.map { " to \($0)" } ?? ""
    return IntegrationError(
      .refused,
      "the Git repository's server redirects\(place), and trackd follows nowhere: name the URL "
        + "itself")
  }
}

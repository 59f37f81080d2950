import Telemetry

extension FuzzTarget {
  /// Requests to the listener for those who run trackd: the target and the Accept header.
  static let admin = FuzzTarget(name: "admin", maxLength: 1000) { bytes in
    var input = FuzzInput(bytes)
    let method = input.pick(["GET", "HEAD", "POST", ""])
    let target = String(decoding: input.run(), as: UTF8.self)
    let accept = input.bool() ? nil : String(decoding: input.remainder(), as: UTF8.self)
    Self.read(accept ?? "")
    do throws(AdminRequest.Refusal) {
      let asked = try AdminRequest(method: method, target: target, accept: accept)
      check(method == "GET" || method == "HEAD", "pages are only read")
      check(target.utf8.starts(with: asked.page.rawValue.utf8), "the page is the path")
      let rest = target.utf8.dropFirst(asked.page.rawValue.utf8.count)
      check(rest.isEmpty || rest.first == UInt8(ascii: "?"), "the page is the whole path")
      check(!asked.isVerbose || target.contains("?"), "only a query asks for more")
      check(!asked.wantsJSON || accept != nil, "nobody asked for JSON")
    } catch {
      check(
        error == .noSuchPage
          ? !AdminRequest.Page.allCases.contains { $0.rawValue == target }
          : method != "GET" && method != "HEAD", "it is refused for what it is")
    }
  }

  private static func read(_ accept: String) {
    let ranges = MediaRange.parse(accept)
    check(ranges.count <= accept.utf8.count { $0 == UInt8(ascii: ",") } + 1, "one for each entry")
    for range in ranges {
      check((0...1000).contains(range.weight), "a weight is from 0 to 1")
      check(range.type.contains("/") && range.type == range.type.lowercased(), "a type is one")
    }
    if ExpositionFormat(accept: accept) == .openMetrics {
      check(
        accept.lowercased().contains("application/openmetrics-text"), "somebody asked for it")
    }
  }
}

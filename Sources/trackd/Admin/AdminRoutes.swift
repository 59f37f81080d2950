import RPC
import Telemetry
import Wire

/// The pages of the listener for those who run trackd.
struct AdminRoutes: HTTPHandler {
  let checks: ReadinessChecks
  let metrics: ExpositionCache
  let census: StoreCensusTaker
  /// Whether everybody who reaches the listener may read more than health.
  let servesAll: Bool

  private static let text = "text/plain; charset=utf-8"
  private static let json = "application/json"
  private static let pages = ["/healthz", "/metrics", "/readyz", "/version"]

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    var response = await answer(to: request)
    response.headers.append("content-length", "\(response.body.count)")
    response.headers.append("cache-control", "no-store")
    response.headers.append("x-content-type-options", "nosniff")
    if request.method == "HEAD" { response.body = [] }
    return response
  }

  private func answer(to request: HTTPRequest) async -> HTTPResponse {
    let parts = request.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = String(parts[0])
    guard Self.pages.contains(path) else {
      return Self.response(404, "no such page; there are \(Self.pages.joined(separator: ", "))\n")
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = Self.response(405, "only GET and HEAD\n")
      response.headers.append("allow", "GET, HEAD")
      return response
    }
    switch path {
    case "/healthz": return Self.response(200, "ok\n")
    case "/readyz": return readiness(request, query: parts.count == 2 ? parts[1] : "")
    default: break
    }
    guard servesAll else {
      return Self.response(
        403, "this address serves health alone: listen on loopback or use --admin-open-metrics\n")
    }
    if path == "/version" {
      return Self.response(
        200, "{\"version\":\(JSONText.quoted(TrackServer.version))}\n", type: Self.json)
    }
    await census.refresh()
    let format = ExpositionFormat(accept: request.header("accept"))
    return HTTPResponse(
      status: 200, headers: ["content-type": format.contentType],
      body: metrics.text(format))
  }

  private func readiness(_ request: HTTPRequest, query: Substring) -> HTTPResponse {
    let report = ReadinessReport(results: checks.results, tellsReasons: servesAll)
    let wantsJSON = MediaRange.parse(request.header("accept") ?? "").contains {
      $0.type == Self.json && $0.weight > 0
    }
    if wantsJSON { return Self.response(report.status, report.json, type: Self.json) }
    let isVerbose = query.split(separator: "&").contains { $0 == "verbose" || $0 == "verbose=1" }
    return Self.response(report.status, report.text(isVerbose: isVerbose))
  }

  private static func response(
    _ status: Int, _ text: String, type: String = AdminRoutes.text
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["content-type": type], body: Array(text.utf8))
  }
}

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

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    Self.complete(await answer(to: request), for: request)
  }

  private static func complete(
    _ response: HTTPResponse, for request: HTTPRequest
  ) -> HTTPResponse {
    var response = response
    response.headers.append("content-length", "\(response.body.count)")
    response.headers.append("cache-control", "no-store")
    response.headers.append("x-content-type-options", "nosniff")
    if request.method == "HEAD" { response.body = [] }
    return response
  }

  func answer(withoutBodyOf request: HTTPRequest) -> HTTPResponse? {
    do throws(AdminRequest.Refusal) {
      _ = try AdminRequest(request)
      return nil
    } catch {
      return Self.complete(Self.refusal(error), for: request)
    }
  }

  private func answer(to request: HTTPRequest) async -> HTTPResponse {
    let asked: AdminRequest
    do throws(AdminRequest.Refusal) {
      asked = try AdminRequest(request)
    } catch {
      return Self.refusal(error)
    }
    switch asked.page {
    case .health: return Self.response(200, "ok\n")
    case .readiness: return readiness(asked)
    case .version, .metrics: break
    }
    guard servesAll else {
      return Self.response(
        403, "this address serves health alone: listen on loopback or use --admin-open-metrics\n")
    }
    if asked.page == .version {
      return Self.response(
        200, "{\"version\":\(JSONText.quoted(TrackServer.version))}\n", type: Self.json)
    }
    await census.refresh()
    return HTTPResponse(
      status: 200, headers: ["content-type": asked.format.contentType],
      body: metrics.text(asked.format))
  }

  private static func refusal(_ refusal: AdminRequest.Refusal) -> HTTPResponse {
    switch refusal {
    case .noSuchPage:
      let pages = AdminRequest.Page.allCases.map(\.rawValue).joined(separator: ", ")
      return response(404, "no such page; there are \(pages)\n")
    case .method:
      var response = response(405, "only GET and HEAD\n")
      response.headers.append("allow", "GET, HEAD")
      return response
    }
  }

  private func readiness(_ asked: AdminRequest) -> HTTPResponse {
    let report = ReadinessReport(results: checks.results, tellsReasons: servesAll)
    if asked.wantsJSON { return Self.response(report.status, report.json, type: Self.json) }
    return Self.response(report.status, report.text(isVerbose: asked.isVerbose))
  }

  private static func response(
    _ status: Int, _ text: String, type: String = AdminRoutes.text
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["content-type": type], body: Array(text.utf8))
  }
}

extension AdminRequest {
  fileprivate init(_ request: HTTPRequest) throws(Refusal) {
    try self.init(
      method: request.method, target: request.path, accept: request.header("accept"))
  }
}

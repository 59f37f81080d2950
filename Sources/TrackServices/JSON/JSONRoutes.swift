public import RPC
import Wire

/// The JSON front end: every unary method as an HTTP route, on the same port, over HTTP/2.
///
/// A route is another spelling of a call: the same method runs with the same checks, interceptors
/// and metadata (`trackd-actor` is a header field here). The request message comes from the path,
/// the parameters (GET, DELETE) and the body (POST, PUT), the response message goes back as proto3
/// JSON with every field. WatchDeploymentTracks, a stream, has no route.
public struct JSONRoutes: HTTPHandler {
  /// The largest body, in bytes; for the server's `RPCLimits.maxHTTPBodyBytes`.
  public static let maxBodyBytes = 1 << 20

  private let routes: [JSONRoute] = JSONRoute.tracks + JSONRoute.deployments + JSONRoute.catalog

  public init() {}

  public func respond(to request: HTTPRequest) async -> HTTPResponse {
    Self.answer(request, with: await answer(to: request, verb: Self.verb(of: request)))
  }

  public func answer(withoutBodyOf request: HTTPRequest) -> HTTPResponse? {
    do throws(JSONError) {
      let target = try RequestTarget(request.path)
      let (_, values) = try find(target, verb: Self.verb(of: request))
      try JSONRequest(request, target, pathValues: values).checkContentType()
      return nil
    } catch {
      return Self.answer(request, with: error.response)
    }
  }

  /// HEAD is answered as GET is, without the body.
  private static func verb(of request: HTTPRequest) -> String {
    request.method == "HEAD" ? "GET" : request.method
  }

  private static func answer(_ request: HTTPRequest, with response: HTTPResponse) -> HTTPResponse {
    var response = response.withLength
    if request.method == "HEAD" { response.body = [] }
    return response
  }

  public func response(to refusal: HTTPRefusal) -> HTTPResponse {
    JSONError(refusal).response
  }

  private func answer(to request: HTTPRequest, verb: String) async -> HTTPResponse {
    do {
      let target = try RequestTarget(request.path)
      let (route, values) = try find(target, verb: verb)
      let body = try await route.respond(JSONRequest(request, target, pathValues: values))
      return HTTPResponse(status: 200, headers: JSONError.headers, body: body)
    } catch let error as JSONError {
      return error.response
    } catch let error as RPCError {
      return JSONError(error).response
    } catch {
      return JSONError(RPCError(.internal, "the reply has no JSON form")).response
    }
  }

  private func find(
    _ target: RequestTarget, verb: String
  ) throws(JSONError) -> (JSONRoute, [String]) {
    var allowed: [JSONRoute.Verb] = []
    for route in routes {
      guard let values = route.pattern.match(target.segments) else { continue }
      if route.verb.rawValue == verb { return (route, values) }
      allowed.append(route.verb)
    }
    guard !allowed.isEmpty else { throw .noRoute }
    throw .wrongVerb(verb, allowed: allowed)
  }
}

extension HTTPResponse {
  fileprivate var withLength: HTTPResponse {
    var response = self
    response.headers.append("content-length", "\(body.count)")
    return response
  }
}

/// How HTTP status codes read in gRPC (grpc/doc/http-grpc-status-mapping.md).
enum HTTPStatus {
  static func code(for status: Int) -> StatusCode {
    switch status {
    case 200..<300: .ok
    case 400: .internal
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }
}

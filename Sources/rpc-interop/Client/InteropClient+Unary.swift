import InteropMessages
import RPC

extension InteropClient {
  func emptyUnary() async throws {
    let response = try await tests.emptyCall(Empty())
    try expect(response == Empty(), "the response is not empty")
  }

  func largeUnary() async throws { _ = try await callUnary(Self.largeRequest) }

  static var largeRequest: SimpleRequest {
    request(size: Payload.largeRequest, responseSize: Payload.largeResponse)
  }

  /// - Parameters: sizes of the payloads in bytes.
  static func request(size: Int32, responseSize: Int32) -> SimpleRequest {
    var request = SimpleRequest()
    request.responseSize = responseSize
    request.payload = Payload(zeros: size)
    return request
  }

  /// Calls `UnaryCall`, and checks the size of the payload that comes.
  func callUnary(
    _ request: SimpleRequest, options: CallOptions = CallOptions()
  ) async throws {
    let response = try await tests.unaryCall(request, options: options)
    let size = response.payload?.body.count ?? 0
    try expect(
      size == Int(request.responseSize),
      "expected a payload of \(request.responseSize) bytes, it has \(size)")
  }
}

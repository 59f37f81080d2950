import Protobuf
import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ConnectErrorTests {
  @Test func `an error has its code, its message and its details`() {
    var info = ErrorInfo()
    info.reason = "TAKEN"
    let unknown = ErrorDetail(typeURL: "example.com/own.Type", value: [0xFF, 0xFE])
    let error = RPCError(.alreadyExists, "say \"no\"", details: [ErrorDetail(info), unknown])
    #expect(
      String(decoding: ConnectError.body(error), as: UTF8.self)
        == #"{"code":"already_exists","message":"say \"no\"","details":["#
        + #"{"type":"google.rpc.ErrorInfo","value":"CgVUQUtFTg","debug":{"reason":"TAKEN"}},"#
        + #"{"type":"own.Type","value":"//4"}]}"#)
  }

  @Test func `a detail that cannot be decoded has its bytes alone`() {
    let detail = ErrorDetail(typeURL: "type.googleapis.com/google.rpc.ErrorInfo", value: [0xFF])
    #expect(
      String(decoding: ConnectError.body(RPCError(.internal, details: [detail])), as: UTF8.self)
        == #"{"code":"internal","details":[{"type":"google.rpc.ErrorInfo","value":"/w"}]}"#)
  }

  @Test func `a stream ends with an object in an envelope of its own kind`() {
    #expect(ConnectError.endOfStream(nil, Metadata()) == [2, 0, 0, 0, 2] + Array("{}".utf8))
    let trailers = Metadata(received: ["a": "1", "b-bin": "AAE", "grpc-status": "5", "a": "2"])
    let end = ConnectError.endOfStream(RPCError(.notFound), trailers)
    #expect(
      String(decoding: end.dropFirst(5), as: UTF8.self)
        == #"{"error":{"code":"not_found"},"metadata":{"a":["1","2"],"b-bin":["AAE"]}}"#)
    #expect(end[0] == 2 && Int(end[4]) == end.count - 5)
  }

  /// The names and HTTP statuses of the table in Connect's document.
  @Test(arguments: [
    (StatusCode.cancelled, "canceled", 499), (.unknown, "unknown", 500),
    (.invalidArgument, "invalid_argument", 400), (.deadlineExceeded, "deadline_exceeded", 504),
    (.notFound, "not_found", 404), (.alreadyExists, "already_exists", 409),
    (.permissionDenied, "permission_denied", 403), (.resourceExhausted, "resource_exhausted", 429),
    (.failedPrecondition, "failed_precondition", 400), (.aborted, "aborted", 409),
    (.outOfRange, "out_of_range", 400), (.unimplemented, "unimplemented", 501),
    (.internal, "internal", 500), (.unavailable, "unavailable", 503), (.dataLoss, "data_loss", 500),
    (.unauthenticated, "unauthenticated", 401),
  ])
  func `a code has its name and its HTTP status`(code: StatusCode, name: String, status: Int) {
    #expect(code.connectName == name && code.httpStatus == status)
  }
}

import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ResponseStatusTests {
  @Test(arguments: [
    (400, StatusCode.internal), (401, .unauthenticated), (403, .permissionDenied),
    (404, .unimplemented), (429, .unavailable), (502, .unavailable), (503, .unavailable),
    (504, .unavailable), (418, .unknown), (500, .unknown), (204, .unknown), (301, .unknown),
  ])
  func `an HTTP status without grpc-status is mapped`(http: Int, code: StatusCode) {
    let fields: HeaderFields = [":status": "\(http)", "content-type": "text/html"]
    #expect(Self.fault(fields) == code)
    #expect(ResponseStatus.parse(trailers: fields, httpStatus: http)?.code == code)
  }

  @Test func `grpc-status counts whatever the HTTP status`() {
    let fields: HeaderFields = [":status": "503", "grpc-status": "7", "grpc-message": "no%21"]
    let status = ResponseStatus.parse(trailers: fields, httpStatus: 503)
    #expect(status?.code == .permissionDenied && status?.message == "no!")
  }

  @Test(arguments: [
    ("%E2%98%BA", "☺"), ("%FF", "\u{FFFD}"), ("100%", "100%"), ("%zz%41", "%zzA"),
  ])
  func `an ill-formed message is not lost`(field: String, message: String) {
    var fields: HeaderFields = ["grpc-status": "5"]
    fields.append("grpc-message", field)
    #expect(ResponseStatus.parse(trailers: fields, httpStatus: 200)?.message == message)
  }

  @Test(arguments: ["", "x", "-1", "17", "256", "99999999999999999999", "0x0"])
  func `a grpc-status that is none is UNKNOWN`(text: String) {
    let fields: HeaderFields = ["grpc-status": text, "grpc-message": "said"]
    let status = ResponseStatus.parse(trailers: fields, httpStatus: 200)
    #expect(status?.code == .unknown && status?.message == "said")
  }

  @Test func `a missing grpc-status is UNKNOWN`() {
    #expect(ResponseStatus.parse(trailers: [:], httpStatus: 200)?.code == .unknown)
    #expect(ResponseStatus.parse(trailers: [:], httpStatus: nil)?.code == .unknown)
  }

  @Test func `a response must be gRPC`() {
    let ok: HeaderFields = [":status": "200", "content-type": "application/grpc+proto"]
    #expect(Self.fault(ok) == nil)
    #expect(Self.fault(ok.with("content-type", "text/html")) == .unknown)
    #expect(Self.fault(ok.with("content-type", nil)) == .unknown)
    #expect(Self.fault(ok.with("grpc-encoding", "gzip")) == .internal)
    #expect(Self.fault(ok.with(":status", nil)) == .unknown)
  }

  private static func fault(_ fields: HeaderFields) -> StatusCode? {
    let status = ResponseStatus.httpStatus(fields)
    return ResponseStatus.fault(
      inHeaders: fields, httpStatus: status, MessageEncodings([]))?.code
  }

  @Test(arguments: [
    (UInt32(0), StatusCode.internal), (1, .internal), (2, .internal), (3, .internal),
    (4, .internal), (6, .internal), (7, .unavailable), (8, .cancelled), (9, .internal),
    (10, .internal), (11, .resourceExhausted), (12, .permissionDenied), (13, .internal),
  ])
  func `a reset's code is mapped`(code: UInt32, status: StatusCode) {
    let reason = StreamCloseReason.resetByPeer(code: code)
    #expect(ResponseStatus.status(of: reason, deadlinePassed: false).code == status)
  }

  @Test func `other ends of a stream`() {
    func code(_ reason: StreamCloseReason, late: Bool = false) -> StatusCode {
      ResponseStatus.status(of: reason, deadlinePassed: late).code
    }
    #expect(code(.resetByPeer(code: 8), late: true) == .deadlineExceeded)
    #expect(code(.connectionLost("gone")) == .unavailable)
    #expect(code(.unprocessed) == .unavailable)
    #expect(code(.finished) == .unknown)
    #expect(code(.resetLocally) == .cancelled)
  }
}

/// What is wrong with a request: it gets one answer, `status`, and the connection ends, because
/// nobody can know where the next request would begin. The raw value says it for logs and peers.
public enum HTTP1Fault: String, Error, CaseIterable, Sendable {
  // The request line (RFC 9112 section 3).
  case badRequestLine = "a request line that is not method, target and version with one space each"
  case badMethod = "a method with a character that none has"
  case connect = "CONNECT, for this server is no proxy"
  case badTarget = "a request target that is neither a path nor a URL of http"
  case targetTooLong = "a request target that is too long"
  case badVersion = "a version that is none"
  case unsupportedVersion = "another version of HTTP than 1.0, 1.1 and 2"
  // Fields (RFC 9112 section 5).
  case bareLF = "a line feed without a carriage return"
  case bareCR = "a carriage return without a line feed"
  case foldedField = "a field that goes on in the next line"
  case badFieldName = "a field name with a character that none has"
  case badFieldValue = "a field value with a control character"
  case headTooLarge = "a header list that is too large"
  case headOverSoftLimit = "a header list so large that only some of its size are taken"
  case missingHost = "no host"
  case repeatedHost = "host comes twice"
  case badHost = "a host that is none"
  case unknownExpectation = "expect other than 100-continue"
  // Where the body ends (RFC 9112 sections 6 and 7).
  case twoLengths = "both content-length and transfer-encoding"
  case badContentLength = "content-length is no number, or comes twice"
  case lengthTooLarge = "a content-length that is larger than anything"
  case badTransferEncoding = "transfer-encoding other than chunked, or twice, or in HTTP/1.0"
  case unknownTransferCoding = "a transfer coding other than chunked"
  case badChunk = "a chunk that is none"
  case chunkLineTooLong = "a chunk whose size and extensions are too long"
  case chunkOverhead = "chunks that are mostly sizes and extensions"

  /// The status of the answer.
  public var status: Int {
    switch self {
    case .badRequestLine, .badMethod, .badTarget, .badVersion, .bareLF, .bareCR, .foldedField,
      .badFieldName, .badFieldValue, .missingHost, .repeatedHost, .badHost, .twoLengths,
      .badContentLength, .badTransferEncoding, .badChunk, .chunkLineTooLong, .chunkOverhead:
      400
    case .lengthTooLarge: 413
    case .targetTooLong: 414
    case .unknownExpectation: 417
    case .headTooLarge, .headOverSoftLimit: 431
    case .connect, .unknownTransferCoding: 501
    case .unsupportedVersion: 505
    }
  }
}

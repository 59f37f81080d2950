import Wire

@testable import HTTP1

/// The requests in some bytes, as a parser sees them.
struct Reading: Equatable {
  struct Request: Equatable {
    var head: [String]
    var body: [UInt8] = []
    var trailers: [String] = []
    var isWhole = false
    var keepsAlive: Bool
    var expectsContinue: Bool
  }

  var requests: [Request] = []
  var fault: HTTP1Fault?
  /// Nothing of a further request has come.
  var isBetweenRequests = true

  /// - Parameters:
  ///   - pieceBytes: how many bytes come at once.
  ///   - bodyLimit: how many bytes of a body are taken at once.
  ///   - random: a list above the soft limit passes as long as it may.
  init(
    _ text: String, pieceBytes: Int = .max, bodyLimit: Int = .max, limits: HTTP1Limits = .init(),
    random: Double = 0.9999
  ) {
    self.init(
      bytes: Array(text.utf8), pieceBytes: pieceBytes, bodyLimit: bodyLimit, limits: limits,
      random: random)
  }

  init(
    bytes: [UInt8], pieceBytes: Int = .max, bodyLimit: Int = .max, limits: HTTP1Limits = .init(),
    random: Double = 0.9999
  ) {
    var parser = HTTP1Parser(limits: limits, random: { random })
    var start = 0
    while start < bytes.count, fault == nil {
      let end = start + min(pieceBytes, bytes.count - start)
      read(Array(bytes[start..<end]), &parser, bodyLimit)
      start = end
    }
    isBetweenRequests = parser.isBetweenRequests
  }

  private mutating func read(_ piece: [UInt8], _ parser: inout HTTP1Parser, _ bodyLimit: Int) {
    var position = 0
    while true {
      switch parser.next(piece.span, &position, bodyLimit: bodyLimit) {
      case .incomplete: return
      case .request(let request):
        requests.append(
          Request(
            head: request.fields.lines, isWhole: request.body == .none,
            keepsAlive: request.keepsAlive, expectsContinue: request.expectsContinue))
      case .body(let range, let isLast):
        requests[requests.count - 1].body += piece[range]
        requests[requests.count - 1].isWhole = isLast
      case .end(let trailers):
        requests[requests.count - 1].trailers = trailers.lines
        requests[requests.count - 1].isWhole = true
      case .fault(let found):
        fault = found
        return
      }
    }
  }

  var heads: [[String]] { requests.map(\.head) }
  var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }
}

extension HeaderFields {
  /// `name: value` of each field.
  var lines: [String] {
    map { field in
      String(decoding: bytes[field.name], as: UTF8.self) + ": "
        + String(decoding: bytes[field.value], as: UTF8.self)
    }
  }
}

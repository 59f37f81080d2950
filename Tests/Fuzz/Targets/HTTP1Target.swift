import HTTP1
import Wire

extension FuzzTarget {
  /// Requests of HTTP/1.1: the same ones, whatever pieces they come in, and written down again in
  /// the plainest way they are the same, too. A peer that reads that sees no other requests.
  static let http1 = FuzzTarget(name: "http1", maxLength: 3000) { bytes in
    var input = FuzzInput(bytes)
    let pieces = (0..<4).map { _ in 1 + Int(input.byte()) }
    let bodyLimits = (0..<4).map { _ in Int(input.byte()) }
    let stream = input.remainder()
    let whole = HTTP1Reading(stream, pieces: [stream.count + 1], bodyLimits: [.max])
    let cut = HTTP1Reading(stream, pieces: pieces, bodyLimits: bodyLimits)
    check(whole == cut, "pieces make no difference")
    let single = HTTP1Reading(stream, pieces: [1], bodyLimits: [.max])
    check(whole == single, "single bytes make no difference")

    let complete = whole.requests.filter(\.isWhole)
    // A host that stood in the target alone is one field more.
    var limits = HTTP1Limits()
    limits.maxHeaderFields *= 2
    limits.maxHeaderListBytes *= 2
    let again = HTTP1Reading(
      complete.flatMap(\.plain), pieces: [.max], bodyLimits: [.max], limits: limits)
    check(again.fault == nil, "a request that was taken is none: \(again.fault?.rawValue ?? "")")
    check(again.requests.map(\.essence) == complete.map(\.essence), "a request is another one")
  }
}

/// The requests in a stream.
private struct HTTP1Reading: Equatable {
  struct Request: Equatable {
    var head: HTTP1Request
    var body: [UInt8] = []
    var trailers = HeaderFields()
    var isWhole: Bool

    /// All that a handler gets of it.
    var essence: [[UInt8]] { [head.fields.bytes, body, trailers.bytes] }

    /// The request, written down with a length where it has one, else in one chunk.
    var plain: [UInt8] {
      let fields = head.fields
      func value(_ name: StaticString) -> [UInt8] { Array(fields.value(name) ?? []) }
      var text = value(":method") + Array(" ".utf8) + value(":path")
      text += Array(" HTTP/1.\(head.isVersion10 ? 0 : 1)\r\n".utf8)
      if fields.value(":authority") != nil {
        text += Array("host: ".utf8) + value(":authority") + Array("\r\n".utf8)
      }
      for field in fields where fields.bytes[field.name].first != UInt8(ascii: ":") {
        text += fields.bytes[field.name] + Array(": ".utf8) + fields.bytes[field.value]
        text += Array("\r\n".utf8)
      }
      guard head.body == .chunked else { return text + Array("\r\n".utf8) + body }
      text += Array("transfer-encoding: chunked\r\n\r\n".utf8)
      if !body.isEmpty {
        text += Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n".utf8)
      }
      text += Array("0\r\n".utf8)
      for field in trailers {
        text += trailers.bytes[field.name] + Array(": ".utf8) + trailers.bytes[field.value]
        text += Array("\r\n".utf8)
      }
      return text + Array("\r\n".utf8)
    }
  }

  private(set) var requests: [Request] = []
  private(set) var fault: HTTP1Fault?

  init(
    _ stream: [UInt8], pieces: [Int], bodyLimits: [Int], limits: HTTP1Limits = HTTP1Limits()
  ) {
    // The same ones of those that are above the soft limit, whatever pieces they come in.
    var parser = HTTP1Parser(limits: limits, random: { 0.5 })
    var (given, turn) = (0, 0)
    while given < stream.count, fault == nil {
      let count = min(pieces[turn % pieces.count], stream.count - given)
      read(Array(stream[given..<given + count]), &parser, bodyLimits, turn)
      given += count
      turn += 1
    }
  }

  private mutating func read(
    _ piece: [UInt8], _ parser: inout HTTP1Parser, _ bodyLimits: [Int], _ start: Int
  ) {
    var (position, turn) = (0, start)
    while fault == nil {
      let before = position
      let limit = bodyLimits[turn % bodyLimits.count]
      turn += 1
      switch parser.next(piece.span, &position, bodyLimit: limit) {
      case .incomplete:
        if position == piece.count { return }
        check(limit == 0, "bytes are left that nobody held back")
        // Nothing was wanted: the rest is.
        if bodyLimits.allSatisfy({ $0 == 0 }) { return readOn(piece, &position, &parser) }
      case .request(let head):
        requests.append(Request(head: head, isWhole: head.body == .none))
      case .body(let range, let isLast):
        check(range.count <= limit && range.upperBound == position, "a body is too long")
        requests[requests.count - 1].body += piece[range]
        requests[requests.count - 1].isWhole = isLast
      case .end(let trailers):
        requests[requests.count - 1].trailers = trailers
        requests[requests.count - 1].isWhole = true
      case .fault(let found):
        fault = found
      }
      check(position >= before && position <= piece.count, "a place outside of the input")
    }
  }

  private mutating func readOn(
    _ piece: [UInt8], _ position: inout Int, _ parser: inout HTTP1Parser
  ) {
    read(Array(piece[position...]), &parser, [.max], 0)
  }
}

public import Wire

/// Reads the requests of one connection, one after the other, from bytes in pieces of any size.
/// Pure; strict, so that no proxy before it can see other requests in the same bytes.
///
/// Source: RFC 9112; where that leaves a choice, the one that refuses.
public struct HTTP1Parser: Sendable {
  public enum Event: Sendable, Equatable {
    /// All bytes were taken, or, within a body, as many as were wanted; more has to come.
    case incomplete
    /// A head. Without a body the request ends with it.
    case request(HTTP1Request)
    /// Bytes of the body, by their places in the input.
    case body(Range<Int>, isLast: Bool)
    /// The end of a chunked body.
    case end(trailers: HeaderFields)
    /// The connection cannot go on: no later byte is looked at.
    case fault(HTTP1Fault)
  }

  private enum State: Equatable {
    /// Nothing of a request has come.
    case start
    case requestLine
    case fields
    case body(Int)
    case chunkSize
    case chunk(Int)
    case chunkEnd
    case trailers
    case failed(HTTP1Fault)
  }

  private let limits: HTTP1Limits
  private let random: @Sendable () -> Double
  private var state = State.start
  private var reader = LineReader()
  private var line = RequestLine()
  private var lines = FieldLines()
  /// An empty line has come before the request: one is forgiven (RFC 9112 section 2.2).
  private var hasSkippedLine = false
  private var chunkOverhead = 0

  /// - Parameter random: from 0 to 1, for `HeaderListLimit.refuses`.
  public init(
    limits: HTTP1Limits = HTTP1Limits(),
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
  ) {
    self.limits = limits
    self.random = random
  }

  /// Nothing of the next request has come.
  public var isBetweenRequests: Bool { state == .start }
  /// A head has begun and is not whole.
  public var isInHead: Bool { state == .requestLine || state == .fields }
  /// The trailers of a chunked body have begun and are not whole.
  public var isInTrailers: Bool { state == .trailers }

  /// Reads on from `position`, as far as the next event.
  ///
  /// - Parameters:
  ///   - input: bytes that follow those which were taken before.
  ///   - position: moves behind the bytes that were taken.
  ///   - bodyLimit: the most bytes of one `body`; with none the body waits in the input.
  public mutating func next(
    _ input: Span<UInt8>, _ position: inout Int, bodyLimit: Int = .max
  ) -> Event {
    do throws(HTTP1Fault) {
      while true {
        if let event = try step(input, &position, bodyLimit) { return event }
      }
    } catch {
      state = .failed(error)
      reader.release()
      lines = FieldLines()
      return .fault(error)
    }
  }

  /// - Returns: nil to go on with the next state.
  private mutating func step(
    _ input: Span<UInt8>, _ position: inout Int, _ bodyLimit: Int
  ) throws(HTTP1Fault) -> Event? {
    switch state {
    case .start:
      guard position < input.count else { return .incomplete }
      state = .requestLine
    case .requestLine:
      guard try readLine(input, &position, limits.maxTargetBytes + 64) else { return .incomplete }
      return try endRequestLine()
    case .fields:
      guard try readLine(input, &position, lines.room(limits)) else { return .incomplete }
      guard reader.line.isEmpty else {
        try lines.add(reader.line, isTrailer: false, limits)
        return nil
      }
      return try endHead()
    case .body(let rest):
      return takeBody(input, &position, min(rest, bodyLimit)) { count in
        count == rest ? .start : .body(rest - count)
      }
    case .chunkSize:
      guard try readLine(input, &position, limits.maxChunkLineBytes) else { return .incomplete }
      try endChunkLine()
    case .chunk(let rest):
      return takeBody(input, &position, min(rest, bodyLimit)) { count in
        count == rest ? .chunkEnd : .chunk(rest - count)
      }
    case .chunkEnd:
      guard try readLine(input, &position, 0) else { return .incomplete }
      state = .chunkSize
    case .trailers:
      guard try readLine(input, &position, lines.room(limits)) else { return .incomplete }
      guard reader.line.isEmpty else {
        try lines.add(reader.line, isTrailer: true, limits)
        return nil
      }
      try checkSoftLimit()
      let trailers = lines.fields
      beginRequest()
      return .end(trailers: trailers)
    case .failed(let fault):
      return .fault(fault)
    }
    return nil
  }

  /// - Returns: whether a line is whole.
  private mutating func readLine(
    _ input: Span<UInt8>, _ position: inout Int, _ limit: Int
  ) throws(HTTP1Fault) -> Bool {
    switch reader.read(input, &position, limit: limit) {
    case .incomplete: return false
    case .line: return true
    case .fault(let fault): throw fault
    case .tooLong: throw tooLong
    }
  }

  private var tooLong: HTTP1Fault {
    switch state {
    case .requestLine:
      // Without a blank it is no target that takes the room.
      reader.line.contains(UInt8(ascii: " ")) ? .targetTooLong : .badRequestLine
    case .chunkSize: .chunkLineTooLong
    case .chunkEnd: .badChunk
    default: .headTooLarge
    }
  }

  private mutating func endRequestLine() throws(HTTP1Fault) -> Event? {
    if reader.line.isEmpty {
      guard !hasSkippedLine else { throw .badRequestLine }
      hasSkippedLine = true
      // What comes behind it begins a request, or nothing does.
      state = .start
      return nil
    }
    line = try RequestLine(reader.line, limits: limits)
    lines = FieldLines(listBytes: line.method.count + line.path.count + 64)
    state = .fields
    return nil
  }

  private mutating func endHead() throws(HTTP1Fault) -> Event {
    let request = try lines.request(line)
    try checkSoftLimit()
    beginRequest()
    switch request.body {
    case .none: break
    case .length(let count): state = .body(count)
    case .chunked: state = .chunkSize
    }
    return .request(request)
  }

  private func checkSoftLimit() throws(HTTP1Fault) {
    if limits.headerList.refuses(lines.listBytes, random: random) { throw .headOverSoftLimit }
  }

  /// Forgets the request; nothing stays in memory for a connection that waits.
  private mutating func beginRequest() {
    state = .start
    reader.release()
    line = RequestLine()
    lines = FieldLines()
    hasSkippedLine = false
    chunkOverhead = 0
  }

  /// Takes at most `limit` bytes of a body, and goes to the state that `next` says.
  private mutating func takeBody(
    _ input: Span<UInt8>, _ position: inout Int, _ limit: Int, _ next: (Int) -> State
  ) -> Event {
    let count = min(limit, input.count - position)
    guard count > 0 else { return .incomplete }
    let range = position..<position + count
    position += count
    state = next(count)
    chunkOverhead = max(0, chunkOverhead - min(count, limits.maxChunkOverheadBytes) * 2)
    return .body(range, isLast: state == .start)
  }

  private mutating func endChunkLine() throws(HTTP1Fault) {
    let size = try Self.chunkSize(reader.line)
    chunkOverhead = max(0, chunkOverhead + reader.line.count + 4 - 16)
    guard chunkOverhead <= limits.maxChunkOverheadBytes else { throw .chunkOverhead }
    if size > 0 {
      state = .chunk(size)
    } else {
      lines = FieldLines()
      state = .trailers
    }
  }

  /// The size of a chunk in hexadecimal digits, and extensions that nobody needs.
  private static func chunkSize(_ line: [UInt8]) throws(HTTP1Fault) -> Int {
    let end = line.firstIndex(of: UInt8(ascii: ";")) ?? line.count
    guard let size = Octets.hexadecimal(line.span.extracting(0..<end)),
      Octets.areValue(line.span.extracting(end..<line.count))
    else { throw .badChunk }
    return size
  }
}

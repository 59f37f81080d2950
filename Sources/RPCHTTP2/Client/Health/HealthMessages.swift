import EventLoop
import Wire

/// The two messages of `grpc.health.v1.Health/Watch`, in gRPC's framing, without the generated code
/// that a transport does not have; pure.
enum HealthMessages {
  /// `HealthCheckResponse.ServingStatus`.
  enum Status: Equatable {
    case unknown, serving, notServing, serviceUnknown
  }

  struct Malformed: Error {}

  /// `HealthCheckRequest { service }` behind its prefix.
  static func request(service: String) -> [UInt8] {
    var message: [UInt8] = []
    if !service.isEmpty {
      message.append(0x0A)
      append(service.utf8.count, to: &message)
      message += service.utf8
    }
    let count = UInt32(message.count)
    return [0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * UInt32($0))) } + message
  }

  /// Takes the first whole message from `bytes`.
  ///
  /// - Returns: nil when none is whole yet.
  /// - Throws: when it is compressed, has more than `limit` bytes, or is no such message.
  static func take(
    from bytes: inout [UInt8], limit: Int = 4096
  ) throws(Malformed) -> Status? {
    guard bytes.count >= 5 else { return nil }
    let count = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard bytes[0] == 0, count <= limit else { throw Malformed() }
    guard bytes.count >= 5 + count else { return nil }
    let status = try decode(bytes[5..<(5 + count)])
    bytes.removeFirst(5 + count)
    return status
  }

  private static func decode(_ message: ArraySlice<UInt8>) throws(Malformed) -> Status {
    var rest = message
    var status: UInt64 = 0
    while !rest.isEmpty {
      let tag = try varint(&rest)
      switch tag & 7 {
      case 0:
        let value = try varint(&rest)
        if tag >> 3 == 1 { status = value }
      case 1: try skip(8, &rest)
      case 2: try skip(try varint(&rest), &rest)
      case 5: try skip(4, &rest)
      default: throw Malformed()
      }
    }
    return switch status {
    case 1: .serving
    case 2: .notServing
    case 3: .serviceUnknown
    default: .unknown
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed() }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Malformed()
  }

  private static func skip(
    _ count: UInt64, _ rest: inout ArraySlice<UInt8>
  ) throws(Malformed) {
    guard count <= UInt64(rest.count) else { throw Malformed() }
    rest = rest.dropFirst(Int(count))
  }

  private static func append(_ count: Int, to bytes: inout [UInt8]) {
    var count = count
    while count >= 0x80 {
      bytes.append(UInt8(count & 0x7F) | 0x80)
      count >>= 7
    }
    bytes.append(UInt8(count))
  }
}

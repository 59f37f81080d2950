import Foundation
import Protobuf
import TestMessages

/// Reads requests from stdin and writes answers to stdout until stdin ends.
///
/// A request has the input's form (`b` binary or `j` JSON), the output's form, the length in 4
/// bytes, big-endian, and a message of type `testing.v1.Everything`. An answer has `+` or `-`, the
/// length in 4 bytes, and the message or the reason of a failure.
@main
struct Main {
  static func main() throws {
    var buffer: [UInt8] = []
    let input = FileHandle.standardInput
    while true {
      let data = input.availableData
      guard !data.isEmpty else { return }
      buffer += data
      var answers: [UInt8] = []
      while let request = Request(takingFrom: &buffer) { answers += frame(request.answer()) }
      try FileHandle.standardOutput.write(contentsOf: Data(answers))
    }
  }

  private static func frame(_ answer: Result<[UInt8], Failure>) -> [UInt8] {
    let (mark, bytes): (Character, [UInt8]) =
      switch answer {
      case .success(let bytes): ("+", bytes)
      case .failure(let failure): ("-", Array(failure.reason.utf8))
      }
    let length = UInt32(bytes.count)
    return Array(String(mark).utf8)
      + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + bytes
  }
}

struct Failure: Error {
  let reason: String
}

struct Request {
  let inputIsJSON: Bool
  let outputIsJSON: Bool
  let payload: [UInt8]

  /// Nil while the buffer does not hold a whole request.
  init?(takingFrom buffer: inout [UInt8]) {
    guard buffer.count >= 6 else { return nil }
    let length = buffer[2..<6].reduce(0) { $0 << 8 | Int($1) }
    guard buffer.count >= 6 + length else { return nil }
    inputIsJSON = buffer[0] == UInt8(ascii: "j")
    outputIsJSON = buffer[1] == UInt8(ascii: "j")
    payload = Array(buffer[6..<6 + length])
    buffer.removeFirst(6 + length)
  }

  func answer() -> Result<[UInt8], Failure> {
    do {
      let message = try decode()
      return .success(try encode(message))
    } catch {
      return .failure(Failure(reason: "\(error)"))
    }
  }

  private func decode() throws -> Everything {
    guard inputIsJSON else {
      // As much as a server grants a message.
      let limits = DecodingLimits(depth: 100, memory: 32 << 20)
      return try Everything(serialized: payload, limits: limits)
    }
    var options = JSONDecodingOptions()
    register(in: &options.types)
    return try Everything(jsonUTF8: payload, options: options)
  }

  private func encode(_ message: Everything) throws -> [UInt8] {
    guard outputIsJSON else { return message.serialized() }
    var options = JSONEncodingOptions()
    register(in: &options.types)
    return try message.jsonUTF8(options: options)
  }

  private func register(in types: inout TypeRegistry) {
    types.register(Everything.self)
    types.register(Leaf.self)
    types.register(Nothing.self)
  }
}

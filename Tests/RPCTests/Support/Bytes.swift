import Protobuf
import RPC

extension HeaderFields {
  func field(_ name: String) -> String? {
    for index in 0..<count {
      let (candidate, value) = ranges(at: index)
      if String(decoding: bytes[candidate], as: UTF8.self) == name {
        return String(decoding: bytes[value], as: UTF8.self)
      }
    }
    return nil
  }

  /// The same fields with one replaced, added, or removed.
  func with(_ name: String, _ value: String?) -> HeaderFields {
    var fields = HeaderFields()
    for index in 0..<count {
      let (candidate, old) = ranges(at: index)
      if String(decoding: bytes[candidate], as: UTF8.self) == name { continue }
      fields.append(bytes[candidate], bytes[old])
    }
    if let value { fields.append(name, value) }
    return fields
  }
}

/// A framed message.
func frame(_ text: String, flags: UInt8 = 0) -> [UInt8] {
  frame(StringValue(text).serialized(), flags: flags)
}

func frame(_ message: [UInt8], flags: UInt8 = 0) -> [UInt8] {
  prefix(length: message.count, flags: flags) + message
}

func prefix(length: Int, flags: UInt8 = 0) -> [UInt8] {
  [
    flags, UInt8(length >> 24 & 0xFF), UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF),
    UInt8(length & 0xFF),
  ]
}

/// What is thrown, if it is an `RPCError`.
func rpcError<R>(_ body: () async throws -> R) async -> RPCError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? RPCError
  }
}

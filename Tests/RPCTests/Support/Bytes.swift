import Protobuf
import RPC
import Wire

extension HeaderFields {
  func field(_ name: String) -> String? {
    first { String(decoding: bytes[$0.name], as: UTF8.self) == name }
      .map { String(decoding: bytes[$0.value], as: UTF8.self) }
  }

  /// The same fields with one of them replaced, added, or removed.
  func with(_ name: String, _ value: String?) -> HeaderFields {
    var fields = HeaderFields()
    for field in self where String(decoding: bytes[field.name], as: UTF8.self) != name {
      fields.append(bytes[field.name], bytes[field.value])
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

/// The error that `body` throws, if it is an `RPCError`.
func rpcError<R>(_ body: () async throws -> R) async -> RPCError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? RPCError
  }
}

/// `grpc-status-details-bin`: a `google.rpc.Status` that repeats code and message and adds details.
enum StatusDetails {
  static func encode(_ status: RPCError) -> [UInt8] {
    var bytes: [UInt8] = []
    appendVarint(8, UInt64(status.code.rawValue), to: &bytes)
    append(field: 2, Array(status.message.utf8), to: &bytes)
    for detail in status.details {
      var any: [UInt8] = []
      append(field: 1, Array(detail.typeURL.utf8), to: &any)
      append(field: 2, detail.value, to: &any)
      append(field: 3, any, to: &bytes)
    }
    return bytes
  }

  private static func append(field: UInt64, _ value: [UInt8], to bytes: inout [UInt8]) {
    appendVarint(field << 3 | 2, UInt64(value.count), to: &bytes)
    bytes += value
  }

  private static func appendVarint(_ tag: UInt64, _ value: UInt64, to bytes: inout [UInt8]) {
    bytes.append(UInt8(truncatingIfNeeded: tag))
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

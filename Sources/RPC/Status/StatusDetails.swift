import Protobuf

/// `grpc-status-details-bin`: a `google.rpc.Status` that repeats code and message and adds details.
enum StatusDetails {
  static func encode(_ error: RPCError) -> [UInt8] {
    var status = Status()
    status.code = Int32(error.code.rawValue)
    status.message = error.message
    status.details = error.details.map { detail in
      var any = AnyMessage()
      any.typeUrl = detail.typeURL
      any.value = detail.value
      return any
    }
    return status.serialized()
  }

  /// The details; none when the bytes are no status: the status itself is in other fields.
  static func decode(_ bytes: [UInt8]) -> [ErrorDetail] {
    guard let status = try? Status(serialized: bytes) else { return [] }
    return status.details.map { ErrorDetail(typeURL: $0.typeUrl, value: $0.value) }
  }
}

import Wire

/// The header block of a request.
enum RequestBlocks {
  static let userAgent = "grpc-swift-rpcstack/1.0"

  static func head(
    path: String, scheme: String, authority: String, timeout: Duration?, metadata: Metadata,
    encoding: CallEncoding? = nil, accepted: String? = nil, previousAttempts: Int = 0
  ) -> HeaderFields {
    var block: HeaderFields = [
      ":method": "POST", ":scheme": scheme, ":path": path, ":authority": authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": userAgent,
    ]
    if let timeout { block.append("grpc-timeout", Timeout.format(timeout)) }
    if let encoding { block.append("grpc-encoding", encoding.encoding.name) }
    if let accepted { block.append("grpc-accept-encoding", accepted) }
    if previousAttempts > 0 { block.append("grpc-previous-rpc-attempts", "\(previousAttempts)") }
    metadata.append(to: &block)
    return block
  }
}

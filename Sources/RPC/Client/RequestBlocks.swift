import Wire

/// The header block of a request.
enum RequestBlocks {
  static let userAgent = "grpc-swift-rpcstack/1.0"

  /// What the requests of a client have in common, in front of their paths.
  static func start(scheme: String, authority: String) -> HeaderFields {
    [":method": "POST", ":scheme": scheme, ":authority": authority]
  }

  /// The same behind them.
  private static let rest: HeaderFields = [
    "te": "trailers", "content-type": "application/grpc", "user-agent": userAgent,
  ]

  static func head(
    _ start: HeaderFields, path: String, timeout: Duration?, metadata: Metadata,
    encoding: CallEncoding? = nil, accepted: String? = nil, previousAttempts: Int = 0
  ) -> HeaderFields {
    var block = start
    block.append(":path", path)
    block.append(rest)
    if let timeout { block.append("grpc-timeout", Timeout.format(timeout)) }
    if let encoding { block.append("grpc-encoding", encoding.encoding.name) }
    if let accepted { block.append("grpc-accept-encoding", accepted) }
    if previousAttempts > 0 { block.append("grpc-previous-rpc-attempts", "\(previousAttempts)") }
    metadata.append(to: &block)
    return block
  }
}

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

  /// What all requests of a method have in common.
  static func head(_ start: HeaderFields, path: String, accepted: String?) -> HeaderFields {
    var block = start
    block.append(":path", path)
    block.append(rest)
    if let accepted { block.append("grpc-accept-encoding", accepted) }
    return block
  }

  /// A request's own fields, behind what it has in common with others.
  static func head(
    _ common: HeaderFields, timeout: Duration?, metadata: Metadata,
    encoding: CallEncoding? = nil, previousAttempts: Int = 0
  ) -> HeaderFields {
    var own = HeaderFields()
    if let timeout { own.append("grpc-timeout", Timeout.format(timeout)) }
    if let encoding { own.append("grpc-encoding", encoding.encoding.name) }
    if previousAttempts > 0 { own.append("grpc-previous-rpc-attempts", "\(previousAttempts)") }
    metadata.append(to: &own)
    if own.count == 0 { return common }
    var block = HeaderFields(reserving: common.bytes.count + own.bytes.count)
    block.append(common)
    block.append(own)
    return block
  }
}

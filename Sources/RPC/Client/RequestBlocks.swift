import Wire

/// The header block of a request.
enum RequestBlocks {
  static let userAgent = "grpc-swift-rpcstack/1.0"

  static func head(
    path: String, scheme: String, authority: String, timeout: Duration?, metadata: Metadata
  ) -> HeaderFields {
    var block: HeaderFields = [
      ":method": "POST", ":scheme": scheme, ":path": path, ":authority": authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": userAgent,
    ]
    if let timeout { block.append("grpc-timeout", Timeout.format(timeout)) }
    metadata.append(to: &block)
    return block
  }
}

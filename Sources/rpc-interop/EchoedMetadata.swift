/// Metadata that a server sends back: see "Echo Metadata" in gRPC's document.
enum EchoedMetadata {
  static let initial = "x-grpc-test-echo-initial"
  static let trailing = "x-grpc-test-echo-trailing-bin"
}

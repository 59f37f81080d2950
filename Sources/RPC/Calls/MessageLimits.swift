import Protobuf

/// The bounds of one call's messages at one of its sides: RESOURCE_EXHAUSTED says what was too large,
/// and at a client, whose program they are part of, which option raises the limit.
struct MessageLimits {
  let receive: Int
  let send: Int
  let decoding: DecodingLimits
  /// The field that names the encoding of messages, in the call's protocol.
  let encodingField: String
  /// Behind the limit in texts: `, CallOptions.maxReceiveMessageBytes`. Empty at servers: remote
  /// callers can do nothing with a name of the server's program.
  private let receiveOption: String
  private let sendOption: String
  private let decodingOption: String

  /// A client's.
  ///
  /// - Parameter config: sets limits of its own, whose names count where they are the stricter.
  init(
    ofClient receive: Int, send: Int, decoding: DecodingLimits, config: MethodConfig? = nil
  ) {
    self.receive = receive
    self.send = send
    self.decoding = decoding
    encodingField = "grpc-encoding"
    decodingOption = ", CallOptions.decodingLimits"
    receiveOption =
      config?.maxResponseMessageBytes == receive
      ? ", the service config's maxResponseMessageBytes" : ", CallOptions.maxReceiveMessageBytes"
    sendOption =
      config?.maxRequestMessageBytes == send
      ? ", the service config's maxRequestMessageBytes" : ", CallOptions.maxSendMessageBytes"
  }

  init(ofServer receive: Int, send: Int, decoding: DecodingLimits, encodingField: String) {
    self.receive = receive
    self.send = send
    self.decoding = decoding
    self.encodingField = encodingField
    (receiveOption, sendOption, decodingOption) = ("", "", "")
  }

  func tooLargeToReceive(_ length: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "a message of \(length) bytes is larger than the limit of \(receive)\(receiveOption)")
  }

  func tooLargeToSend(_ length: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "a message of \(length) bytes is larger than the limit of \(send)\(sendOption)")
  }

  /// The status of a call with a violation of the framing.
  func status(of error: FramingError) -> RPCError {
    switch error {
    case .badFlags(let flags):
      RPCError(.internal, "a message prefix has unknown flags: \(flags)")
    case .compressedWithoutEncoding:
      RPCError(.internal, "a message is marked as compressed, but \(encodingField) is not set")
    case .messageTooLarge(let length, _): tooLargeToReceive(length)
    case .truncated: .truncated
    }
  }

  /// The status of a call whose message cannot be decoded.
  func status(undecodable error: any Error) -> RPCError {
    switch error {
    case DecodingError.tooLarge:
      RPCError(
        .resourceExhausted,
        "the decoded form of a message takes more bytes than the limit of \(decoding.memory)"
          + option("memory"))
    case DecodingError.tooDeep:
      RPCError(
        .resourceExhausted,
        "the messages in a message are nested deeper than the limit of \(decoding.depth)"
          + option("depth"))
    case let error as DecodingError:
      RPCError(.internal, "a message cannot be decoded: \(error)")
    case let error as JSONDecodingError:
      RPCError(.invalidArgument, "the message is not the JSON of its type: \(error)")
    case MessageEncodingError.tooLarge:
      RPCError(
        .resourceExhausted,
        "a message is larger when it is decompressed than the limit of \(receive) bytes"
          + receiveOption)
    case MessageEncodingError.malformed:
      RPCError(.internal, "a message is not in the encoding that \(encodingField) names")
    default: RPCError(.internal, "a message cannot be decoded")
    }
  }

  private func option(_ name: String) -> String {
    decodingOption.isEmpty ? "" : "\(decodingOption).\(name)"
  }
}

extension RPCError {
  static let truncated = RPCError(.internal, "the stream ended inside a message")
}

extension DecodingLimits {
  /// The limits for messages of at most so many bytes, where nobody sets others: the depth of
  /// Google's implementations, and memory in proportion.
  ///
  /// - Parameter factor: bytes of memory for a byte of the largest message.
  static func proportional(to largestMessage: Int, factor: Int) -> DecodingLimits {
    let (memory, overflow) = largestMessage.multipliedReportingOverflow(by: factor)
    return DecodingLimits(depth: DecodingLimits.default.depth, memory: overflow ? .max : memory)
  }

  /// For what the program has encoded itself.
  static let ownMessages = DecodingLimits(depth: DecodingLimits.default.depth, memory: .max)
}

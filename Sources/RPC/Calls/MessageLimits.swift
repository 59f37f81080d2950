import Protobuf

/// The bounds of one call's messages at one of its sides, with the names of the options that set
/// them: RESOURCE_EXHAUSTED says what was too large, and what raises the limit.
struct MessageLimits {
  /// Whose options they are: `CallOptions`, `RPCLimits`.
  let options: String
  let receive: Int
  let send: Int
  let decoding: DecodingLimits
  let receiveOption: String
  let sendOption: String

  /// - Parameter config: sets limits of its own, whose names count where they are the stricter.
  init(
    options: String, receive: Int, send: Int, decoding: DecodingLimits,
    config: MethodConfig? = nil
  ) {
    self.options = options
    self.receive = receive
    self.send = send
    self.decoding = decoding
    receiveOption =
      config?.maxResponseMessageBytes == receive
      ? "the service config's maxResponseMessageBytes" : "\(options).maxReceiveMessageBytes"
    sendOption =
      config?.maxRequestMessageBytes == send
      ? "the service config's maxRequestMessageBytes" : "\(options).maxSendMessageBytes"
  }

  func tooLargeToReceive(_ length: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "a message of \(length) bytes is larger than the limit of \(receive), \(receiveOption)")
  }

  func tooLargeToSend(_ length: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "a message of \(length) bytes is larger than the limit of \(send), \(sendOption)")
  }

  /// The status of a call with a violation of the framing.
  func status(of error: FramingError) -> RPCError {
    switch error {
    case .badFlags(let flags):
      RPCError(.internal, "a message prefix has unknown flags: \(flags)")
    case .compressedWithoutEncoding:
      RPCError(.internal, "a message is marked as compressed, but grpc-encoding is not set")
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
        "the decoded form of a message takes more bytes than the limit of \(decoding.memory), "
          + "\(options).decodingLimits.memory")
    case DecodingError.tooDeep:
      RPCError(
        .resourceExhausted,
        "the messages in a message are nested deeper than the limit of \(decoding.depth), "
          + "\(options).decodingLimits.depth")
    case let error as DecodingError:
      RPCError(.internal, "a message cannot be decoded: \(error)")
    case let error as JSONDecodingError:
      RPCError(.invalidArgument, "the message is not the JSON of its type: \(error)")
    case MessageEncodingError.tooLarge:
      RPCError(
        .resourceExhausted,
        "a message is larger when it is decompressed than the limit of \(receive) bytes, "
          + receiveOption)
    case MessageEncodingError.malformed:
      RPCError(.internal, "a message is not in the encoding that grpc-encoding names")
    default: RPCError(.internal, "a message cannot be decoded")
    }
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

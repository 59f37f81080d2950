import Wire

/// In which encoding the messages of a call come and go.
extension ServerCall {
  /// Chooses the encoding of the response's messages; false when the client does not list it, the
  /// server does not have it, or the header block has been sent.
  func encodeResponse(as name: String) -> Bool {
    // A call that an HTTP request makes has no peer that decodes.
    guard observer == nil, state.response == .idle else { return false }
    let encoding = name == "identity" ? nil : acceptedEncoding(named: name)
    guard encoding != nil || name == "identity" else { return false }
    responseEncoding = encoding
    encodingIsSettled = true
    return true
  }

  /// Settles the encoding of the response's messages as the method's service says, unless the
  /// handler has: before the header block.
  ///
  /// - Parameter frame: the message behind it, if it is known.
  func settleEncoding(before frame: [UInt8]? = nil) {
    guard !encodingIsSettled, !core.encodings.isEmpty, observer == nil else { return }
    encodingIsSettled = true
    let compression = method.compression
    minimumEncodedBytes = compression.minimumBytes
    switch compression.choice {
    case .identity: return
    case .sameAsRequest:
      guard let requestEncoding, accepts(requestEncoding) else { return }
      responseEncoding = requestEncoding
    case .encoding(let name): responseEncoding = acceptedEncoding(named: name)
    }
    // The only message says whether it is worth the header field.
    if let frame, method.descriptor.kind.hasOneReply, !isWorthEncoding(frame) {
      responseEncoding = nil
    }
  }

  private func acceptedEncoding(named name: String) -> CallEncoding? {
    core.encodings.find(Array(name.utf8)).flatMap { accepts($0) ? $0 : nil }
  }

  private func accepts(_ encoding: CallEncoding) -> Bool {
    guard let accepted = head.value("grpc-accept-encoding") else { return false }
    return MessageEncodings.lists(accepted, encoding)
  }

  /// Whether a message has enough bytes to be encoded, and is not yet.
  func isWorthEncoding(_ frame: [UInt8]) -> Bool {
    frame.count - MessageFrame.prefixSize >= minimumEncodedBytes && !MessageFrame.isEncoded(frame)
  }

  /// Whether a message that is sent next is to be encoded on another thread.
  func isEncodedElsewhere(_ frame: [UInt8]) -> Bool {
    guard frame.count > CallEncoding.largestOnLoop else { return false }
    settleEncoding(before: frame)
    return responseEncoding != nil && isWorthEncoding(frame)
  }

  /// A message in the encoding of the response if it is too large to be encoded on the loop, and as
  /// it is otherwise.
  func encodedElsewhere(_ frame: [UInt8]?) async -> [UInt8]? {
    guard let frame, isEncodedElsewhere(frame), let responseEncoding else { return frame }
    return await responseEncoding.encodeElsewhere(frame)
  }

  /// Lends a message to `body` as it was before its call's encoding.
  ///
  /// - Returns: the message as it came, when it is too large to be decoded on the loop: `body` has
  ///   not been called.
  func withMessage(
    _ bytes: RawSpan, _ isEncoded: Bool, _ body: (RawSpan) throws -> Void
  ) throws -> [UInt8]? {
    stream.messagesReceived(1)
    guard isEncoded, let requestEncoding else {
      if requestEncoding != nil { lastRequestWasEncoded = false }
      try body(bytes)
      return nil
    }
    lastRequestWasEncoded = true
    let decoded = try requestEncoding.decodeOnLoop(
      bytes, limit: core.limits.maxReceiveMessageBytes)
    guard let decoded else { return unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    try decoded.withSpan(0..<decoded.count, body)
    return nil
  }

  /// Decodes a message of the request on another thread. Until then it counts among the bytes that
  /// the server holds, for a peer may send faster than they are decoded.
  @usableFromInline
  func decodeElsewhere(_ bytes: [UInt8]) async throws -> [UInt8] {
    guard let requestEncoding else { return bytes }
    let used = core.heldBytes.change(by: bytes.count, account)
    defer { core.heldBytes.change(by: -bytes.count, account) }
    let own = account.map { $0.heldBytes <= $0.share(of: core.limits.heldBytes) } ?? false
    guard own || used <= core.limits.maxHeldRequestBytes else {
      end(with: .tooManyHeldBytes, as: .heldBytes)
      throw RPCError.tooManyHeldBytes
    }
    do {
      return try await requestEncoding.decodeElsewhere(
        bytes, limit: core.limits.maxReceiveMessageBytes)
    } catch {
      throw end(undecodable: error)
    }
  }

  @usableFromInline
  func takeDecoded(_ message: [UInt8], _ decode: (RawSpan) throws -> Void) throws {
    if let endError { throw endError }
    do {
      try message.withSpan(0..<message.count, decode)
    } catch {
      throw end(undecodable: error)
    }
  }

  /// The handler of a method that takes one message, which is decoded in its task.
  func operation(decoding bytes: [UInt8]) -> RegisteredMethod.Operation? {
    guard case .single(let prepare) = method.body else { return nil }
    decodesElsewhere = true
    return {
      let message = try await self.decodeElsewhere(bytes)
      var operation: RegisteredMethod.Operation?
      try self.takeDecoded(message) { operation = try prepare($0, self) }
      return try await operation?()
    }
  }
}

extension MethodDescriptor.Kind {
  /// The server sends one message.
  var hasOneReply: Bool { self == .unary || self == .clientStreaming }
}

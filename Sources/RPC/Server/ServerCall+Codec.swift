public import Protobuf

/// Messages in the codec of the call: binary, or JSON for some of the other protocols.
extension ServerCall {
  /// The frame of a message.
  ///
  /// - Throws: INTERNAL for a message that has no JSON form.
  @inlinable
  func frame(_ message: some Message) throws -> [UInt8] {
    isJSON ? try jsonFrame(message) : MessageFrame.encode(message)
  }

  /// The frame of a message that has been encoded.
  @inlinable
  func frame<M: Message>(_ message: EncodedMessage<M>) throws -> [UInt8] {
    isJSON ? try jsonFrame(recoding: message) : message.frame
  }

  @inlinable
  func decode<M: Message>(_ type: M.Type, _ bytes: RawSpan) throws -> M {
    isJSON ? try jsonMessage(type, bytes) : try M(serialized: bytes, limits: decodingLimits)
  }

  /// Sends a message to a call that goes on without its handler, or needs none for it.
  func send<M: Message>(_ message: EncodedMessage<M>) {
    do {
      send(try frame(message))
    } catch {
      end(with: (error as? RPCError) ?? .noJSON("\(error)"))
    }
  }

  @usableFromInline
  func jsonFrame(_ message: some Message) throws -> [UInt8] {
    do {
      return MessageFrame.frame(try message.jsonUTF8())
    } catch {
      throw RPCError.noJSON(error.reason)
    }
  }

  @usableFromInline
  func jsonFrame<M: Message>(recoding message: EncodedMessage<M>) throws -> [UInt8] {
    let frame = message.frame
    return try jsonFrame(
      frame.withSpan(MessageFrame.prefixSize..<frame.count) {
        try M(serialized: $0, limits: .ownMessages)
      })
  }

  @usableFromInline
  func jsonMessage<M: Message>(_ type: M.Type, _ bytes: RawSpan) throws -> M {
    var text: [UInt8] = []
    text.append(bytes)
    var options = JSONDecodingOptions()
    options.maxElements = core.limits.maxJSONElements
    // As binary messages: a newer client may know more fields.
    options.ignoresUnknownFields = true
    return try M(jsonUTF8: text, options: options)
  }
}

extension RPCError {
  static func noJSON(_ reason: String) -> RPCError {
    RPCError(.internal, "the reply has no JSON form: \(reason)")
  }
}

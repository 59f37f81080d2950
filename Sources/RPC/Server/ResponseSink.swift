public import Protobuf

/// The response of a server-streaming call that goes on without its handler.
///
/// An idle stream of a handler costs its task; that of a sink next to nothing. Nothing holds a
/// sender back here: it looks at `queuedBytes`. Every member is used on the call's executor only.
///
/// Not to be kept when the call is over, since it keeps the stream's place among the streams of its
/// connection.
public struct ResponseSink<Element: Message>: Sendable {
  let call: ServerCall

  /// Bytes that wait because the client does not take them, or until the loop's turn ends.
  public var queuedBytes: Int { call.stream.queuedBytes }

  /// Sends a message, however much waits. Without effect when the call is over.
  public func send(_ message: EncodedMessage<Element>) {
    call.send(message)
  }

  /// Ends the call behind the messages sent, with OK or an error, without a callback to its owner.
  /// Without effect when the call is over.
  public func finish(_ error: RPCError? = nil) {
    call.finishDetached(error)
  }
}

/// The keeper of a `ResponseSink`.
public protocol ResponseSinkOwner: AnyObject {
  /// The call is over, and not by `finish`: the client ended it, its deadline has passed, or the
  /// connection is gone. Called once, on the call's executor.
  func responseEnded()
}

extension ResponseWriter {
  /// Lets the call go on when its handler has returned, until `ResponseSink.finish`.
  ///
  /// Called by the handler at the end, on the call's executor, once. What the handler throws after
  /// it ends the call. The header block leaves now if it has not yet. The client's metadata is gone
  /// when the handler is.
  ///
  /// - Throws: `RPCError` when the call is over.
  public func detach(for owner: any ResponseSinkOwner) throws -> ResponseSink<Element> {
    try call.detach(for: owner)
    return ResponseSink(call: call)
  }
}

import EventLoop
import RPC

/// A stream of the server that goes on over as many connections as it takes.
final class ResumedStream {
  private let session: Session
  private let name: String
  /// Behind which message the next call goes on; empty: it begins anew.
  private(set) var token: String
  /// Whether the server has answered, or an earlier stream is resumed: from then on, a break is
  /// followed by another try.
  private var hasBegun: Bool

  /// - Parameters:
  ///   - session: connects.
  ///   - name: for people, such as "watch".
  ///   - token: of the message behind which it begins; empty for none.
  init(_ session: Session, _ name: String, behind token: String) {
    self.session = session
    self.name = name
    self.token = token
    hasBegun = !token.isEmpty
  }

  /// A message has come. Some have no token: then the stream goes on behind an earlier one.
  func received(token: String) {
    hasBegun = true
    if !token.isEmpty { self.token = token }
  }

  /// Never returns. Throws errors that the request causes, and any error before the server has
  /// answered.
  ///
  /// - Parameter call: makes the call that goes on behind `token`, and reads it to its end.
  func run(_ call: (API) async throws -> Void) async throws {
    var pause = Duration.milliseconds(100)
    while true {
      let before = token
      do {
        try await session.connected { try await call($0) }
        tellBreak("the stream ended")
      } catch let error as RPCError where hasBegun && !error.isOfTheCaller {
        tellBreak(error.message)
      }
      pause = token == before ? min(pause * 2, .seconds(5)) : .milliseconds(100)
      try await Task.sleep(for: pause)
    }
  }

  private func tellBreak(_ reason: String) {
    let next = token.isEmpty ? "begins anew" : "goes on"
    session.output.note("the \(name) was interrupted and \(next) (\(reason))")
  }
}

extension RPCError {
  /// Whether the same request would fail again. Other errors come from the server, a proxy or the
  /// network.
  var isOfTheCaller: Bool {
    switch code {
    case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .unauthenticated,
      .failedPrecondition, .outOfRange, .unimplemented:
      true
    case .ok, .cancelled, .unknown, .deadlineExceeded, .resourceExhausted, .aborted, .internal,
      .unavailable, .dataLoss:
      false
    }
  }
}

import HTTP2
import RPC

extension HTTP2ErrorCode {
  init(_ reason: StreamResetReason) {
    self =
      switch reason {
      case .noError: .noError
      case .cancel: .cancel
      case .refused: .refusedStream
      case .protocolError: .protocolError
      case .internalError: .internalError
      }
  }
}

extension StreamCloseReason {
  /// - Parameter connection: why the connection ended, if it did.
  init(_ reason: HTTP2CloseReason, connection: String) {
    self =
      switch reason {
      case .finished: .finished
      case .resetByPeer(let code): .resetByPeer(code: code.rawValue)
      case .resetLocally: .resetLocally
      case .connectionLost: .connectionLost(connection)
      // Why the connection failed says more than that the stream was not sent.
      case .unprocessed: connection.isEmpty ? .unprocessed : .connectionLost(connection)
      }
  }
}

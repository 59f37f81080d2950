/// How a call of a method ended that an HTTP request made.
struct CallOutcome {
  let method: MethodDescriptor
  /// Nil for OK.
  let status: RPCError?
  /// The error that the handler threw, if that was not the status itself.
  let error: (any Error)?
  /// The call's.
  let storage: CallStorage
}

extension HTTPExchange: UnaryCaller {
  /// Calls a unary method with a framed message.
  ///
  /// - Returns: the framed reply.
  @concurrent
  func call(_ method: MethodDescriptor, _ frame: [UInt8]) async -> Result<[UInt8], RPCError> {
    await stream.executor.run { await self.callConfined(method, frame) }
  }

  private func callConfined(
    _ method: MethodDescriptor, _ frame: [UInt8]
  ) async -> Result<[UInt8], RPCError> {
    let path = Array(method.path.utf8)
    guard let registered = core.router.find(path.span), method.kind == .unary else {
      return .failure(.unknownMethod(path: path[...], in: core.router))
    }
    let caller = LocalCaller(stream)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        caller.start(
          core, head, registered, frame, started: stream.executor.currentInstant,
          admittedAt: started, storage: storage
        ) {
          self.called = CallOutcome(method: method, status: $0, error: $1, storage: $2)
          continuation.resume(returning: caller.result(status: $0))
        }
      }
    } onCancel: {
      stream.executor.execute { caller.cancel() }
    }
  }
}

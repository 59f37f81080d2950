import TrackDomain

/// The effects and the answer of a call.
struct Plan<Response> {
  let response: Response
  /// The part of the response that is remembered for repeated requests.
  let encodedResponse: [UInt8]
  /// What the audit says that was changed; nil when the call changes nothing.
  let subject: AuditSubject?
  /// The effects, in order.
  let apply: (any StoreTransaction) throws(StoreError) -> Void

  /// The plan of a call that changes something.
  init(
    response: Response, encodedResponse: [UInt8], changing subject: AuditSubject,
    apply: @escaping (any StoreTransaction) throws(StoreError) -> Void
  ) {
    self.response = response
    self.encodedResponse = encodedResponse
    self.subject = subject
    self.apply = apply
  }

  /// The plan of a call that changes nothing.
  init(response: Response, encodedResponse: [UInt8]) {
    self.response = response
    self.encodedResponse = encodedResponse
    subject = nil
    apply = { (_) throws(StoreError) in }
  }
}

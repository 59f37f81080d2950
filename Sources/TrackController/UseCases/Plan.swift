import TrackDomain

/// The effects and the answer of a call.
struct Plan<Response> {
  let response: Response
  /// The part of the response that is remembered for repeated requests.
  let encodedResponse: [UInt8]
  /// The effects, in order. Nil when the call changes nothing.
  let apply: ((any StoreTransaction) throws(StoreError) -> Void)?
}

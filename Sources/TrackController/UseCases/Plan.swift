import TrackDomain

/// What a call is going to do, and what it is going to answer.
struct Plan<Response> {
  let response: Response
  /// What is remembered of the response for a replay.
  let encodedResponse: [UInt8]
  /// The effects, in order. Nil when the call changes nothing.
  let apply: ((any StoreTransaction) throws(StoreError) -> Void)?
}

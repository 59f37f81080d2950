import Wire

/// The part of a response that waits to be written; pure.
struct HTTP1PendingResponse {
  private(set) var head: HeaderFields?
  private var pieces: [[UInt8]] = []
  /// Pieces that have been taken, and bytes of the next one.
  private var taken = 0
  private var start = 0
  private(set) var queuedBytes = 0
  private var isAboveWatermark = false
  /// Trailers, none perhaps, once the body is whole.
  private(set) var trailers: HeaderFields?

  var isEnded: Bool { trailers != nil }

  mutating func begin(_ fields: HeaderFields) {
    if head == nil { head = fields }
  }

  mutating func append(_ bytes: consuming [UInt8], watermark: Int) {
    guard !bytes.isEmpty else { return }
    queuedBytes += bytes.count
    if queuedBytes >= watermark { isAboveWatermark = true }
    pieces.append(bytes)
  }

  mutating func end(_ trailers: HeaderFields) {
    if self.trailers == nil { self.trailers = trailers }
  }

  mutating func take(limit: Int) -> ArraySlice<UInt8>? {
    guard taken < pieces.count, limit > 0 else { return nil }
    let end = min(pieces[taken].count, start + limit)
    let slice = pieces[taken][start..<end]
    queuedBytes -= slice.count
    start = end
    if start == pieces[taken].count {
      pieces[taken] = []
      taken += 1
      start = 0
    }
    if taken == pieces.count {
      pieces = []
      taken = 0
    }
    return slice
  }

  /// Once after the queue was above the watermark and is down to half of it.
  mutating func hasRoomAgain(watermark: Int) -> Bool {
    guard isAboveWatermark, queuedBytes <= watermark / 2 else { return false }
    isAboveWatermark = false
    return true
  }

  mutating func drop() {
    pieces = []
    taken = 0
    start = 0
    queuedBytes = 0
  }
}

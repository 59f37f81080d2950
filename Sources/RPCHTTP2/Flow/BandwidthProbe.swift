import EventLoop

/// Measures how many bytes come in one round trip: the bandwidth-delay product, as far as the
/// windows let it show; pure.
///
/// A PING leaves when bytes have come; what comes until its answer is the sample. No PING is out
/// without bytes that came, none beside another, and the more samples in a row teach nothing, the
/// rarer they become.
///
/// Source: the estimators of gRPC core (`bdp_estimator.cc`) and grpc-go (`bdp_estimator.go`).
struct BandwidthProbe {
  /// What came during one round trip.
  struct Sample: Equatable {
    var bytes: Int
    /// No sample before it came faster: a larger window may have an effect.
    var isFastest: Bool
  }

  /// Pauses between two PINGs, after a sample that taught nothing.
  static let pauses = Duration.milliseconds(100)...Duration.seconds(10)

  /// Of bytes since the last PING: with fewer no window of these can be too small.
  let threshold: Int
  /// Which sample is being taken; streams keep it beside their own part.
  private(set) var number = 0
  private(set) var isUnderWay = false
  private var bytes = 0
  private var sentAt: MonotonicTime
  private var pause = pauses.lowerBound
  private var pausesUntil: MonotonicTime?
  /// Bytes per second.
  private var fastest = 0.0

  init(threshold: Int, at now: MonotonicTime) {
    self.threshold = threshold
    sentAt = now
  }

  /// Bytes have come.
  ///
  /// - Returns: whether a PING is to be sent now.
  mutating func received(_ count: Int, at now: MonotonicTime) -> Bool {
    bytes += count
    if isUnderWay || bytes < threshold { return false }
    if let pausesUntil, now < pausesUntil { return false }
    isUnderWay = true
    number += 1
    bytes = 0
    sentAt = now
    return true
  }

  /// The answer has come.
  ///
  /// - Returns: nil when none was expected.
  mutating func answered(at now: MonotonicTime) -> Sample? {
    guard isUnderWay else { return nil }
    isUnderWay = false
    let seconds = max(1e-6, (now - sentAt) / .seconds(1))
    let speed = Double(bytes) / seconds
    let sample = Sample(bytes: bytes, isFastest: speed >= fastest)
    fastest = max(fastest, speed)
    bytes = 0
    return sample
  }

  /// What the caller has made of the last sample.
  mutating func used(_ hasGrown: Bool, at now: MonotonicTime) {
    if hasGrown {
      pause = Self.pauses.lowerBound
      pausesUntil = nil
    } else {
      pausesUntil = now + pause
      pause = min(pause * 2, Self.pauses.upperBound)
    }
  }
}

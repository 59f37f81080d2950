import Crypto
public import EventLoop

/// What the TLS channels of one loop share. Confined to the loop.
public final class TLSLoop {
  static let inputBytes = 64 << 10
  private static let outputBytes = 4 * TLSOutput.recordRoom

  let turns: HandshakeTurns
  private let loop: EventLoop
  private let observer: Observer?
  private var input = TLSInput(size: 0)
  private var output = TLSOutput(size: 0)

  public typealias Observer = (HandshakeEnd) -> Void

  /// - Parameter observer: called once for each handshake that is over, or that failed.
  public init(on loop: EventLoop, observer: Observer? = nil) {
    self.loop = loop
    turns = HandshakeTurns(on: loop)
    self.observer = observer
  }

  /// When this turn of the loop began.
  var now: MonotonicTime { loop.now }

  func ended(_ end: HandshakeEnd) { observer?(end) }

  /// The shared buffer, empty. A channel that asks while another one has it gets its own.
  func borrowInput() -> TLSInput {
    var lent = TLSInput(size: 0)
    swap(&lent, &input)
    if lent.bytes.isEmpty { lent = TLSInput(size: Self.inputBytes) }
    lent.range = 0..<0
    return lent
  }

  func giveBack(_ lent: inout TLSInput) {
    if input.bytes.isEmpty, lent.bytes.count == Self.inputBytes { swap(&lent, &input) }
  }

  func borrowOutput(hasRoom: Bool) -> TLSOutput {
    guard hasRoom else { return TLSOutput(size: 0) }
    var lent = TLSOutput(size: 0)
    swap(&lent, &output)
    if lent.bytes.isEmpty { lent = TLSOutput(size: Self.outputBytes) }
    lent.count = 0
    return lent
  }

  func giveBack(_ lent: inout TLSOutput) {
    if output.bytes.isEmpty, lent.bytes.count == Self.outputBytes { swap(&lent, &output) }
  }
}

/// What became of a handshake.
public enum HandshakeEnd: Sendable, Hashable {
  case full
  /// It took up an earlier session.
  case resumed
  case failed(HandshakeFailure)
}

/// Why a handshake failed, by class.
public enum HandshakeFailure: Int, Sendable, CaseIterable {
  /// The other side's certificate does not count.
  case certificate
  /// The other side refused: it does not trust this side's certificate, for instance.
  case alert
  /// The other side does not speak TLS.
  case noTLS
  /// The sides have no version, cipher or application protocol in common.
  case noAgreement
  /// The connection was lost or closed before: it took too long, or nobody shook hands.
  case unfinished
  case other

  init(_ kind: TLSError.Kind) {
    switch kind {
    case .certificate: self = .certificate
    case .alert: self = .alert
    case .noTLS: self = .noTLS
    case .noAgreement: self = .noAgreement
    case .other: self = .other
    }
  }
}

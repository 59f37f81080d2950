import Crypto
public import EventLoop

/// What the TLS channels of one loop share. Confined to the loop.
public final class TLSLoop {
  static let inputBytes = 64 << 10
  private static let outputBytes = 4 * TLSOutput.recordRoom

  let turns: HandshakeTurns
  private let observer: Observer?
  private var input = TLSInput(size: 0)
  private var output = TLSOutput(size: 0)

  public typealias Observer = (_ isResumed: Bool) -> Void

  /// - Parameter observer: called for each handshake that is over.
  public init(on loop: EventLoop, observer: Observer? = nil) {
    turns = HandshakeTurns(on: loop)
    self.observer = observer
  }

  func established(_ session: TLSSession) { observer?(session.isResumed) }

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

import InteropMessages

extension Payload {
  /// The sizes of `large_unary` in bytes.
  static let largeRequest: Int32 = 271_828
  static let largeResponse: Int32 = 314_159

  /// - Parameter count: not negative.
  init(zeros count: Int32) {
    self.init()
    body = [UInt8](repeating: 0, count: Int(count))
  }
}

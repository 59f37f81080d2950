import TrackDomain

/// The values of a statement's parameters, as libpq takes them. They stay until they are bound anew.
///
/// Buffers are kept for the next values.
@safe final class BoundValues {
  let count: Int
  /// What libpq reads: where each value is (nil for NULL), how long it is, and whether it is text
  /// (0), which ends with a NUL byte, or binary (1).
  let values: UnsafeMutablePointer<UnsafePointer<CChar>?>
  let lengths: UnsafeMutablePointer<Int32>
  let formats: UnsafeMutablePointer<Int32>
  /// The types that the statement is prepared for; 0: inferred.
  let types: UnsafeMutablePointer<UInt32>
  private let buffers: UnsafeMutablePointer<UnsafeMutableBufferPointer<CChar>>
  @safe @exclusivity(unchecked) private var faults: [Int: String] = [:]

  private static let bytesType: UInt32 = 17

  init(count: Int) {
    self.count = count
    unsafe values = .allocate(capacity: count)
    unsafe values.initialize(repeating: nil, count: count)
    unsafe lengths = .allocate(capacity: count)
    unsafe lengths.initialize(repeating: 0, count: count)
    unsafe formats = .allocate(capacity: count)
    unsafe formats.initialize(repeating: 0, count: count)
    unsafe types = .allocate(capacity: count)
    unsafe types.initialize(repeating: 0, count: count)
    unsafe buffers = .allocate(capacity: count)
    unsafe buffers.initialize(repeating: .init(start: nil, count: 0), count: count)
  }

  deinit {
    for index in 0..<count { unsafe buffers[index].deallocate() }
    unsafe values.deallocate()
    unsafe lengths.deallocate()
    unsafe formats.deallocate()
    unsafe types.deallocate()
    unsafe buffers.deallocate()
  }

  /// How many bytes the values take in a message.
  var size: Int { (0..<count).reduce(0) { $0 + 8 + Int(unsafe lengths[$1]) } }

  /// Throws where a value cannot be sent.
  func check() throws(StoreError) {
    if let (index, fault) = faults.first {
      throw StoreError(.failed, "parameter \(index) \(fault)")
    }
  }

  // MARK: Binding, from 1 on

  func bindNull(_ index: Int32) {
    guard let place = place(index) else { return }
    unsafe values[place] = nil
    unsafe lengths[place] = 0
  }

  func bind(_ index: Int32, _ number: Int64) {
    guard let place = place(index) else { return }
    let buffer = unsafe reserve(place, 24)
    var at = 23
    unsafe buffer[at] = 0
    var rest = number.magnitude
    repeat {
      at -= 1
      unsafe buffer[at] = CChar(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    } while rest > 0
    if number < 0 {
      at -= 1
      unsafe buffer[at] = 45
    }
    unsafe set(place, buffer.baseAddress.map { unsafe $0 + at }, count: 23 - at, format: 0)
  }

  func bind(_ index: Int32, _ text: String) {
    guard let place = place(index) else { return }
    var text = text
    text.withUTF8 { bytes in
      if unsafe StoredText.isPlain(bytes) {
        unsafe copy(UnsafeRawBufferPointer(bytes), to: place, format: 0)
      } else {
        let stored = unsafe StoredText.stored(bytes)
        unsafe stored.withUnsafeBytes { unsafe copy($0, to: place, format: 0) }
      }
    }
  }

  func bind(_ index: Int32, _ bytes: [UInt8]) {
    guard let place = place(index) else { return }
    unsafe bytes.withUnsafeBytes { bytes in unsafe copy(bytes, to: place, format: 1) }
    unsafe types[place] = Self.bytesType
  }

  private func place(_ index: Int32) -> Int? {
    let place = Int(index) - 1
    guard place >= 0, place < count else {
      faults[Int(index)] = "is none of the statement's"
      return nil
    }
    faults[Int(index)] = nil
    unsafe types[place] = 0
    return place
  }

  private func copy(_ bytes: UnsafeRawBufferPointer, to place: Int, format: Int32) {
    guard bytes.count < Int(Int32.max) else {
      faults[place + 1] = "has \(bytes.count) bytes"
      return
    }
    // One more for a text's end; an empty value is not NULL.
    let buffer = unsafe reserve(place, bytes.count + 1)
    unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
    unsafe buffer[bytes.count] = 0
    unsafe set(place, buffer.baseAddress, count: bytes.count, format: format)
  }

  private func set(_ place: Int, _ start: UnsafeMutablePointer<CChar>?, count: Int, format: Int32) {
    unsafe values[place] = unsafe UnsafePointer(start)
    unsafe lengths[place] = Int32(count)
    unsafe formats[place] = format
  }

  /// A buffer of at least `size` bytes, which keeps no memory for a long value that was there once.
  private func reserve(_ place: Int, _ size: Int) -> UnsafeMutableBufferPointer<CChar> {
    let present = unsafe buffers[place]
    if present.count >= size && present.count <= max(size * 4, 4096) { return unsafe present }
    unsafe present.deallocate()
    let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(size, 32))
    unsafe buffers[place] = unsafe buffer
    return unsafe buffer
  }
}

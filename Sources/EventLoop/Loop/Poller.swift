import CLinux

/// Owns an epoll descriptor and the array that epoll_wait fills.
@safe struct Poller: ~Copyable {
  private static let capacity = 256
  /// Itself readable when it has events.
  var descriptor: Int32 { epoll }
  private let epoll: Int32
  private let events: UnsafeMutableRawPointer

  init() throws(SystemError) {
    epoll = try SystemCall.descriptor("epoll_create1") { cl_epoll_create() }
    unsafe events = .allocate(byteCount: Self.capacity * cl_epoll_event_size(), alignment: 16)
  }

  deinit {
    unsafe events.deallocate()
    _ = cl_close(epoll)
  }

  func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
    try SystemCall.value("epoll_ctl") { cl_epoll_add(epoll, descriptor, interest.rawValue, token) }
  }

  func modify(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
    try SystemCall.value("epoll_ctl") {
      cl_epoll_modify(epoll, descriptor, interest.rawValue, token)
    }
  }

  func remove(_ descriptor: Int32) {
    _ = cl_epoll_remove(epoll, descriptor)
  }

  /// Waits at most `milliseconds` (-1: for ever) and returns how many events are there.
  func wait(milliseconds: Int32) throws(SystemError) -> Int {
    let capacity = Int32(Self.capacity)
    return try SystemCall.result("epoll_wait") {
      unsafe cl_epoll_wait(epoll, events, capacity, milliseconds)
    } ?? 0
  }

  @inline(__always)
  func event(_ index: Int) -> (token: UInt64, readiness: Readiness) {
    unsafe (
      cl_epoll_token(events, index),
      Readiness(rawValue: cl_epoll_readiness(events, index))
    )
  }
}

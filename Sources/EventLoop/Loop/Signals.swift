import CLinux
import Glibc

/// Delivers signals of the process to a closure on an event loop (signalfd).
public final class Signals: Sendable {
  /// The signals a server cares for.
  public enum Signal: Sendable, CaseIterable {
    case terminate, interrupt, hangup, user1

    var number: Int32 {
      switch self {
      case .terminate: SIGTERM
      case .interrupt: SIGINT
      case .hangup: SIGHUP
      case .user1: SIGUSR1
      }
    }
  }

  private let loop: EventLoop
  private let watch: SignalWatch

  /// Blocks the signals in the calling thread and the threads it starts later, and ignores SIGPIPE
  /// and SIGXFSZ: a write tells why it failed.
  ///
  /// To be called first thing in `main`: a thread that does not block them would die of them.
  public static func block(_ signals: [Signal]) {
    _ = cl_signals_block(mask(signals))
    _ = cl_signal_ignore(SIGPIPE)
    _ = cl_signal_ignore(SIGXFSZ)
  }

  /// Calls `handler` on `loop` for each signal; `block` comes first.
  public init(
    _ signals: [Signal], on loop: EventLoop, _ handler: @escaping @Sendable (Signal) -> Void
  ) throws(SystemError) {
    let mask = Self.mask(signals)
    let descriptor = try SystemCall.descriptor("signalfd") { cl_signalfd(mask) }
    let watch = SignalWatch(owning: descriptor, handler: handler)
    self.loop = loop
    self.watch = watch
    loop.execute { watch.start(on: loop) }
  }

  /// Stops delivering; the signals stay blocked. Any thread.
  public func stop() {
    loop.execute { [loop, watch] in watch.stop(on: loop) }
  }

  private static func mask(_ signals: [Signal]) -> UInt64 {
    signals.reduce(0) { $0 | 1 << UInt64($1.number) }
  }
}

/// `@unchecked Sendable`: confined to the loop after its creation.
private final class SignalWatch: EventHandler, @unchecked Sendable {
  private let descriptor: Int32
  private let handler: @Sendable (Signals.Signal) -> Void

  init(owning descriptor: Int32, handler: @escaping @Sendable (Signals.Signal) -> Void) {
    self.descriptor = descriptor
    self.handler = handler
  }

  deinit { _ = cl_close(descriptor) }

  func start(on loop: EventLoop) {
    do {
      try loop.add(descriptor, .readable, handler: self)
    } catch {
      // ENOMEM or ENOSPC of a process that just started; it would never hear of a signal.
      preconditionFailure("\(error)")
    }
  }

  func stop(on loop: EventLoop) { loop.remove(descriptor) }

  func ready(_ events: Readiness) {
    while true {
      let number = cl_signalfd_read(descriptor)
      if number < 0 { return }
      for signal in Signals.Signal.allCases where Int(signal.number) == number {
        handler(signal)
      }
    }
  }
}

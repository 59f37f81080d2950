/// A queue from many threads to one that may block.
///
/// `@unchecked Sendable`: the stored state is touched under the monitor only.
public final class WorkQueue<Element: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private var elements: [Element] = []
  private var isClosed = false

  public init() {}

  /// Appends; any thread. False if the queue is closed: the element was not taken.
  @discardableResult
  public func push(_ element: Element) -> Bool {
    monitor.lock()
    guard !isClosed else {
      monitor.unlock()
      return false
    }
    elements.append(element)
    let wasEmpty = elements.count == 1
    monitor.unlock()
    if wasEmpty { monitor.signal() }
    return true
  }

  /// Waits until there is work and takes all of it, oldest first.
  ///
  /// Empty means that the queue is closed and nothing is left. For one consuming thread.
  public func waitForWork() -> [Element] {
    monitor.lock()
    defer { monitor.unlock() }
    while elements.isEmpty && !isClosed { monitor.wait() }
    let taken = elements
    elements = []
    return taken
  }

  /// Takes all queued work without waiting, possibly none.
  public func takeAll() -> [Element] {
    monitor.lock()
    defer { monitor.unlock() }
    let taken = elements
    elements = []
    return taken
  }

  /// Refuses further elements; the queued ones are still handed out.
  public func close() {
    monitor.lock()
    isClosed = true
    monitor.unlock()
    monitor.signal()
  }
}

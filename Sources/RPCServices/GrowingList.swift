import Synchronization

/// A list that only grows: any thread reads and appends, and none waits.
///
/// For a few elements that never leave. (A lock would let a loop wait for another thread, and an
/// actor would make every access asynchronous.)
struct GrowingList<Element: Sendable>: ~Copyable, Sendable {
  private let first = Link()

  private final class Node: Sendable {
    let element: Element
    let next = Link()

    init(_ element: Element) { self.element = element }
  }

  /// The address of a node, which the link keeps alive; 0 while there is none. An
  /// `AtomicLazyReference` looks its own type up at each load, which costs twenty times as much.
  private struct Link: ~Copyable, Sendable {
    private let address = Atomic<UInt>(0)

    deinit {
      unsafe Self.reference(address.load(ordering: .acquiring))?.release()
    }

    var node: Node? {
      unsafe Self.reference(address.load(ordering: .acquiring))?.takeUnretainedValue()
    }

    /// Links to a node, unless another thread has linked to one.
    ///
    /// - Returns: the node that is there then.
    func set(_ node: Node) -> Node {
      let retained = unsafe Unmanaged.passRetained(node)
      let new = unsafe UInt(bitPattern: retained.toOpaque())
      let (exchanged, original) = address.compareExchange(
        expected: 0, desired: new, ordering: .acquiringAndReleasing)
      if exchanged { return node }
      unsafe retained.release()
      return unsafe Self.reference(original)?.takeUnretainedValue() ?? node
    }

    private static func reference(_ address: UInt) -> Unmanaged<Node>? {
      unsafe UnsafeRawPointer(bitPattern: address).map { unsafe Unmanaged.fromOpaque($0) }
    }
  }

  func forEach(_ body: (Element) -> Void) {
    var node = first.node
    while let current = node {
      body(current.element)
      node = current.next.node
    }
  }

  /// The first element that `matches`; one that `make` makes, at the end, when there is none.
  func first(where matches: (Element) -> Bool, orAppend make: () -> Element) -> Element {
    var node = first.node ?? first.set(Node(make()))
    while !matches(node.element) {
      // Another thread may append meanwhile: then its node is the next to look at.
      node = node.next.node ?? node.next.set(Node(make()))
    }
    return node.element
  }
}

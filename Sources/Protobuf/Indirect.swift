/// A value stored out of line, so that a message can contain its own type.
public struct Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
  private final class Box: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
  }

  private let box: Box

  public init(_ value: Value) { box = Box(value) }

  public var value: Value { box.value }

  public static func == (left: Self, right: Self) -> Bool {
    left.box === right.box || left.value == right.value
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

import TestBasics
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct IdleListTests {
  /// The same list as an array of names, and the place of each name.
  private struct Model {
    var places: [Int] = []
    var idle: [Int] = []
    var next = 0
  }

  private static func order(_ list: IdleList) -> [Int] {
    var places: [Int] = []
    var place = list.first
    while let current = place {
      places.append(current)
      place = list.next(after: current)
    }
    return places
  }

  @Test(arguments: 0..<20) func `random changes leave the same order as in a model`(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var list = IdleList()
    var model = Model()
    for _ in 0..<500 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        model.places.append(model.next)
        model.next += 1
      case 1:
        guard let place = model.places.indices.randomElement(using: &random) else { continue }
        list.append(place)
        if !model.idle.contains(model.places[place]) { model.idle.append(model.places[place]) }
      case 2:
        guard let place = model.places.indices.randomElement(using: &random) else { continue }
        list.remove(place)
        model.idle.removeAll { $0 == model.places[place] }
      default:
        guard let place = model.places.indices.randomElement(using: &random) else { continue }
        let last = model.places.count - 1
        model.idle.removeAll { $0 == model.places[place] }
        list.moved(from: last, to: place)
        model.places.swapAt(place, last)
        model.places.removeLast()
      }
      let names = Self.order(list).map { model.places[$0] }
      #expect(names == model.idle)
      #expect(list.first == model.idle.first.flatMap { model.places.firstIndex(of: $0) })
    }
  }
}

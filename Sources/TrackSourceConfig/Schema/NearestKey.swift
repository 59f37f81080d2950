/// Finds the known key that an unknown one may be a misspelling of.
struct NearestKey {
  private struct Known {
    var name: String
    /// The keys that lead to its mapping.
    var route: [String]
  }

  /// Keys that have another name in another kind of file.
  private static let kin = [
    ["endpoints", "inbound"], ["dependencies", "outbound"], ["basepath", "context"],
    ["networkvisibilities", "networkvisibility", "visibility"], ["schemaversion", "version"],
  ]
  /// Longer keys are not compared.
  private static let maximumLength = 40

  private let known: [Known]

  init(_ shape: SchemaShape) {
    known = Self.keys(of: shape, [])
  }

  /// A key that resembles `key`: of the same mapping, or of another one and then with its path.
  func key(to key: String, at route: [String]) -> String? {
    guard key.utf8.count <= Self.maximumLength else { return nil }
    let ranked = known.enumerated().compactMap { index, candidate -> (rank: [Int], known: Known)? in
      let distance = Self.distance(key, candidate.name)
      guard distance <= max(key.utf8.count, candidate.name.utf8.count) / 3 else { return nil }
      let steps = Self.steps(route, candidate.route)
      return ([steps == 0 ? 0 : 1, distance, steps, index], candidate)
    }
    guard
      let found = ranked.min(by: { $0.rank.lexicographicallyPrecedes($1.rank) })?.known
    else { return nil }
    return found.route == route ? found.name : Self.path(found.route + [found.name])
  }

  private static func keys(of shape: SchemaShape, _ route: [String]) -> [Known] {
    switch shape {
    case .leaf: []
    case .list(let element): keys(of: element, route + ["[]"])
    case .mapping(let keys):
      keys.flatMap { key in
        [Known(name: key.name, route: route)] + Self.keys(of: key.shape, route + [key.name])
      }
    }
  }

  /// Such as `endpoints[].service.port`.
  private static func path(_ route: [String]) -> String {
    route.reduce("") { path, step in
      path + (path.isEmpty || step == "[]" ? "" : ".") + step
    }
  }

  /// The number of steps from one mapping to another.
  private static func steps(_ from: [String], _ to: [String]) -> Int {
    let common = zip(from, to).prefix { $0 == $1 }.count
    return from.count + to.count - 2 * common
  }

  // MARK: Distance

  /// The number of letters to add, drop, replace or swap with the next one; ignores case, and the
  /// characters that join words.
  private static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (letters(one), letters(other))
    let isKin = kin.contains { kin in
      [one, other].allSatisfy { word in kin.contains { word.elementsEqual($0.utf8) } }
    }
    if isKin { return 0 }
    // The last two rows of the table: distances of all beginnings of `other`.
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for (row, letter) in one.enumerated() {
      var next = [row + 1]
      for (column, otherLetter) in other.enumerated() {
        var least = min(last[column + 1], next[column]) + 1
        least = min(least, last[column] + (letter == otherLetter ? 0 : 1))
        if row > 0, column > 0, letter == other[column - 1], one[row - 1] == otherLetter {
          least = min(least, beforeLast[column - 1] + 1)
        }
        next.append(least)
      }
      (beforeLast, last) = (last, next)
    }
    return last[other.count]
  }

  private static func letters(_ text: String) -> [UInt8] {
    text.lowercased().utf8.filter { !"-_ ".utf8.contains($0) }
  }
}

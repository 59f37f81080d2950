/// Decides from one reading after the other whether something is overloaded; pure.
///
/// A level goes up after `raises` readings in a row above the limit, and down after `lowers` below
/// the lower mark. Readings between the two marks change nothing.
struct LoadWatch {
  enum Level: Int, Comparable {
    case normal
    /// Who takes more than a fair part is refused.
    case shares
    /// Everybody is.
    case all

    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  enum Reading { case over, between, under }

  private(set) var level = Level.normal
  private let raises: Int
  private let lowers: Int
  private var over = 0
  private var under = 0

  init(raises: Int, lowers: Int) {
    self.raises = max(1, raises)
    self.lowers = max(1, lowers)
  }

  mutating func looked(_ reading: Reading) {
    over = reading == .over ? over + 1 : 0
    under = reading == .under ? under + 1 : 0
    if over >= raises {
      level = level == .normal ? .shares : .all
      over = 0
    } else if under >= lowers {
      level = level == .all ? .shares : .normal
      under = 0
    }
  }
}

/// How members share something bounded; pure.
///
/// Half of it goes to the members that come first. Beyond that a member gets no more than its fair
/// share. Members that have theirs may have taken everything before another one comes: so each may
/// always have one unit, and a tenth of its share, which exceeds the total by a part of it only.
package struct ShareQuota: Sendable, Equatable {
  /// The bound of all members together.
  package var total: Int
  /// A part of `total` that only the privileged get.
  package var reserve: Int

  package init(total: Int, reserve: Int = 0) {
    self.total = total
    self.reserve = min(reserve, total)
  }

  /// The part of a share that a member always gets.
  private static let partForLatecomers = 10

  /// Whether a member may take one more unit.
  ///
  /// - Parameters:
  ///   - used: by all members together, without this unit.
  ///   - own: the member's part of it.
  ///   - share: what would be a fair part of the total, see `fairShare`.
  package func allows(used: Int, own: Int, share: Int, isPrivileged: Bool = false) -> Bool {
    if used < (total - reserve) / 2 { return true }
    if own < max(1, share / Self.partForLatecomers) { return true }
    return own < max(1, share) && used < total - (isPrivileged ? 0 : reserve)
  }

  /// The part of one of `members` that share the part of one of `groups`.
  package func fairShare(groups: Int, members: Int) -> Int {
    total / max(1, groups) / max(1, members)
  }
}

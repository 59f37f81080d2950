/// Which places of a list are idle, the longest idle first; pure. Every change is O(1).
///
/// It links places, not objects: a connection becomes idle and busy again with every call, and
/// counting references then would cost more than the links.
struct IdleList {
  private struct Link {
    var previous = -1
    var next = -1
    var isListed = false
  }

  private var links: [Link] = []
  private var last = -1
  /// The place that has been idle for the longest time.
  private(set) var first: Int? = nil

  func contains(_ place: Int) -> Bool { place < links.count && links[place].isListed }

  /// The place that became idle after `place`.
  func next(after place: Int) -> Int? {
    links[place].next >= 0 ? links[place].next : nil
  }

  /// `place` is idle from now on. No effect if it was idle already.
  mutating func append(_ place: Int) {
    while links.count <= place { links.append(Link()) }
    guard !links[place].isListed else { return }
    links[place] = Link(previous: last, next: -1, isListed: true)
    if last >= 0 { links[last].next = place } else { first = place }
    last = place
  }

  /// `place` is idle no more. No effect if it was not idle.
  mutating func remove(_ place: Int) {
    guard contains(place) else { return }
    let link = links[place]
    if link.previous >= 0 {
      links[link.previous].next = link.next
    } else {
      first = link.next >= 0 ? link.next : nil
    }
    if link.next >= 0 { links[link.next].previous = link.previous } else { last = link.previous }
    links[place] = Link()
  }

  /// The entry of the last place, `from`, stands at `place` from now on; `from` is no place any
  /// more.
  mutating func moved(from: Int, to place: Int) {
    remove(place)
    guard from < links.count else { return }
    let link = links[from]
    if from != place, link.isListed {
      links[place] = link
      if link.previous >= 0 { links[link.previous].next = place } else { first = place }
      if link.next >= 0 { links[link.next].previous = place } else { last = place }
    }
    links.removeSubrange(from...)
    if links.isEmpty { links = [] }
  }
}

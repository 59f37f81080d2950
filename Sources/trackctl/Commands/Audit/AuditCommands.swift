import EventLoop
import Protobuf
import RPC
import TrackMessages

extension Command {
  private static let principal = Flag(
    "principal", .text("NAME"), "only what this caller did, as 'auth whoami' names it")
  private static let resource = Flag(
    "resource", .text("PATH"), "only this resource and what lies in it, such as components/cart")
  private static let method = Flag(
    "method", .text("METHOD"), "only this method, such as DeleteDeploymentTrack")
  private static let outcome = Flag(
    "outcome", .text("CODE"), "only with this outcome, such as PERMISSION_DENIED")
  private static let since = Flag("since", .text("TIME"), "from 2026-11-25T01:04:55Z on")
  private static let until = Flag("until", .text("TIME"), "before 2026-11-26T00:00:00Z")

  static let auditList = Command(
    CommandSpec(
      path: ["audit", "list"], summary: "List who did what, the newest first.",
      details: """
        Calls that changed something, each with who made it, and refused calls, counted by the
        minute. What was deleted is still there. Shows what the caller may administer.
        """,
      flags: [
        principal, resource, method, outcome, since, until,
        Flag("limit", .text("N"), "at most this many [50]"),
      ],
      examples: [
        (
          "trackctl audit list --method DeleteDeploymentTrack --resource components/cart",
          "who deleted this track?"
        ),
        ("trackctl audit list --outcome UNAUTHENTICATED", "who could not log in"),
      ])
  ) { arguments, session in
    var request = ListEventsRequest()
    request.principal = arguments.text(principal) ?? ""
    request.resource = arguments.text(resource) ?? ""
    request.method = arguments.text(method) ?? ""
    request.outcome = arguments.text(outcome) ?? ""
    request.since = try time(since, arguments)
    request.until = try time(until, arguments)
    let limit = try arguments.count(CommonFlags.limit) ?? 50
    let wanted = request
    let response = try await session.connected { try await $0.auditEvents(wanted, limit: limit) }
    try session.output.show(response, table: { Table(response.events) })
    return .success
  }

  private static func time(
    _ flag: Flag, _ arguments: Arguments
  ) throws(UsageError) -> Timestamp? {
    guard let text = arguments.text(flag) else { return nil }
    guard let time = try? Timestamp(jsonString: "\"\(text)\"") else {
      throw arguments.usage("--\(flag.name): '\(text)' is not a time such as 2026-11-25T01:04:55Z")
    }
    return time
  }

  private static let place = Flag(
    "resume", .text("TOKEN"), "go on after the message with this resume_token")

  static let auditFollow = Command(
    CommandSpec(
      path: ["audit", "follow"], summary: "Show what is done as it happens.",
      details: """
        One line for each event, from now on, or from an earlier time on (-o json: one JSON message
        each, with the resume_token). When the connection or the call breaks, it goes on where it
        was. It ends on Ctrl-C, and on errors that would repeat.
        """,
      flags: [principal, resource, method, outcome, since, place],
      examples: [("trackctl audit follow --resource projects/shop", "what is done to a project")])
  ) { arguments, session in
    var request = FollowEventsRequest()
    request.principal = arguments.text(principal) ?? ""
    request.resource = arguments.text(resource) ?? ""
    request.method = arguments.text(method) ?? ""
    request.outcome = arguments.text(outcome) ?? ""
    request.since = try time(since, arguments)
    let stream = ResumedStream(session, "stream", behind: arguments.text(place) ?? "")
    let wanted = request
    try await stream.run { api in
      var request = wanted
      request.resumeToken = stream.token
      try await api.audit.followEvents(request, options: api.endless) { messages in
        for try await message in messages {
          stream.received(token: message.resumeToken)
          guard let event = message.event else { continue }
          try session.output.show(line: message) { event.line }
        }
      }
    }
    return .success
  }

  private static let head = Flag(
    "head", .text("HEAD"),
    "a head that trackd's log, or an earlier 'audit verify', has told: nothing is missing up to it")

  static let auditVerify = Command(
    CommandSpec(
      path: ["audit", "verify"],
      summary: "Look for events that were removed, changed or cut off.",
      details: """
        trackd goes through all events with the key that signs them. Only a head that was kept
        elsewhere shows that the newest ones were not cut off. Exits with 1 when something is wrong.
        """,
      flags: [head],
      examples: [
        ("trackctl audit verify", "says the head: keep it for the next time"),
        ("trackctl audit verify --head 1042:9c1f...", "nothing was lost since then"),
      ])
  ) { arguments, session in
    var request = VerifyEventsRequest()
    request.expectedHead = arguments.text(head) ?? ""
    let first = request
    let response = try await session.connected { api in
      var request = first
      var (hasCompared, signedSince) = (false, Int64(0))
      while true {
        var response = try await api.audit.verifyEvents(request, options: api.options)
        hasCompared = hasCompared || response.expectedHeadCompared
        response.expectedHeadCompared = hasCompared
        if signedSince == 0 { signedSince = response.signedSince }
        response.signedSince = signedSince
        if response.next.isEmpty { return response }
        request.behind = response.next
      }
    }
    try session.output.show(response) { response.finding }
    if !first.expectedHead.isEmpty, response.fault == .unspecified, !response.expectedHeadCompared {
      session.output.note(
        "the event of the head was dropped after its time: it could not be compared")
    }
    return response.fault == .unspecified ? .success : .failed
  }
}

extension VerifyEventsResponse {
  /// What was found, for people.
  fileprivate var finding: String {
    let place = "event \(faultSequence)"
    let fault: String? =
      switch fault {
      case .unspecified: nil
      case .anchorForged: "the note about the first \(dropped) events was not signed by trackd"
      case .removed: "events before \(place) are missing"
      case .changed: "\(place), or the one before it, was changed"
      case .keyUnknown: "\(place) was signed with a key that trackd does not have"
      case .keyOutdated: "\(place) was signed with a key that did not sign any more"
      case .cut: "the events end at \(faultSequence), before the head"
      case .replaced: "\(place) is another one than that of the head"
      case .unrecognized(let number): "fault \(number), which this trackctl does not know"
      }
    let older = dropped > 0 ? "the first \(dropped) were dropped after their time\n" : ""
    guard let fault else {
      let since =
        signedSince > 1 ? "signed with the present key from event \(signedSince) on\n" : ""
      return "all events are as they were written\n\(older)\(since)head \(head)\n"
    }
    return "\(fault)\n\(older)all is well up to \(head)\n"
  }
}

extension API {
  /// Events, at most `limit`.
  func auditEvents(_ request: ListEventsRequest, limit: Int) async throws -> ListEventsResponse {
    var request = request
    var all = ListEventsResponse()
    repeat {
      request.pageSize = Int32(clamping: min(1000, limit - all.events.count))
      let page = try await audit.listEvents(request, options: options)
      all.events += page.events
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !all.nextPageToken.isEmpty && all.events.count < limit
    return all
  }
}

extension AuditEvent {
  /// Who, as far as the server knows it.
  fileprivate var who: String {
    let name = principal.isEmpty ? "anonymous" : principal
    let claimed = principalVerified || principal.isEmpty ? name : "\(name) (not verified)"
    return onBehalfOf.isEmpty ? claimed : "\(claimed) for \(onBehalfOf)"
  }

  fileprivate var what: String {
    method.split(separator: "/").last.map(String.init) ?? method
  }

  /// The outcome, why, and what was changed.
  fileprivate var note: String {
    var notes: [String] = []
    if !reason.isEmpty { notes.append(reason) }
    if count > 1 { notes.append("\(count) times") }
    if !changedFields.isEmpty { notes.append(changedFields.joined(separator: ", ")) }
    return notes.joined(separator: "; ")
  }

  fileprivate var line: String {
    var words = [Words.time(time), outcome, what]
    if !resource.isEmpty { words.append(resource) }
    words.append("by \(who)")
    if !peer.isEmpty { words.append("from \(peer)") }
    if !note.isEmpty { words.append("(\(note))") }
    return words.joined(separator: " ")
  }
}

extension Table {
  fileprivate init(_ events: [AuditEvent]) {
    self.init(
      .time("TIME"), .text("WHO", least: 12), .name("METHOD"), .text("RESOURCE", least: 16),
      .name("OUTCOME"), .text("NOTE", spared: 2), .text("PEER", spared: 1))
    for event in events {
      add(
        Words.time(event.time), event.who, event.what, event.resource, event.outcome, event.note,
        event.peer)
    }
  }
}

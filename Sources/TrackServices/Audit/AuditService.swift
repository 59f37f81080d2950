import Protobuf
public import RPC
public import TrackController
public import TrackDomain
import TrackMapping
public import TrackMessages
import Wire

/// `deploymenttrack.v1.AuditService` over the use cases.
public struct AuditService: AuditServiceServer {
  private let unlimited: AuditController
  private let access: CallerAccess
  private let followers: AuditFollowers

  /// - Parameters:
  ///   - followers: of this service.
  ///   - access: what callers may do; without it, everything.
  public init(
    _ audit: AuditController, followers: AuditFollowers, access: CallerAccess = CallerAccess()
  ) {
    unlimited = audit
    self.followers = followers
    self.access = access
  }

  public func listEvents(
    _ request: ListEventsRequest, context: ServerContext
  ) async throws -> ListEventsResponse {
    try await answering {
      let page = try await unlimited.limited(to: access.access(context)).events(
        ListAuditEvents(
          AuditFilter(
            principal: request.principal, resource: request.resource, method: request.method,
            outcome: request.outcome, since: try request.since?.filterTime("since"),
            until: try request.until?.filterTime("until")),
          pageSize: request.pageSize, pageToken: request.pageToken))
      var response = ListEventsResponse()
      response.events = page.records.map { TrackMessages.AuditEvent($0) }
      response.nextPageToken = page.nextPageToken
      return response
    }
  }

  /// The rights are looked at again with every step: they may go while it lasts.
  public func followEvents(
    _ request: FollowEventsRequest, responses: ResponseWriter<FollowEventsResponse>,
    context: ServerContext
  ) async throws {
    try await answering {
      let filter = AuditFilter(
        principal: request.principal, resource: request.resource, method: request.method,
        outcome: request.outcome, since: try request.since?.filterTime("since"))
      var place = try await unlimited.limited(to: access.access(context)).place(
        filter, resuming: request.resumeToken)
      var hasBegun = false
      try await followers.follow(by: WatchCaller(context)) { isBeat, check in
        let audit = unlimited.limited(to: access.access(context))
        if !hasBegun {
          hasBegun = true
          var response = FollowEventsResponse()
          response.resumeToken = audit.resumeToken(filter, behind: place)
          try await responses.write(response)
          return true
        }
        let start = place
        let step = try await audit.events(filter, behind: start)
        for event in step.events {
          try check()
          // The next step throws where nothing is left to be seen.
          guard unlimited.limited(to: access.access(context)).maySee(event.record) else {
            return true
          }
          var response = FollowEventsResponse()
          response.event = TrackMessages.AuditEvent(event.record)
          response.resumeToken = audit.resumeToken(filter, behind: event.place)
          try await responses.write(response)
          // The rights for the next one may be gone: what was told is not told again.
          place = event.place
        }
        let hasMore = step.place != start
        place = step.place
        // What others do is not told by the number of messages.
        if isBeat, step.events.isEmpty {
          var response = FollowEventsResponse()
          response.resumeToken = audit.resumeToken(filter, behind: place)
          try await responses.write(response)
        }
        return hasMore
      }
    }
  }

  public func verifyEvents(
    _ request: VerifyEventsRequest, context: ServerContext
  ) async throws -> VerifyEventsResponse {
    try await answering {
      let verified = try await unlimited.limited(to: access.access(context)).verify(
        behind: try AuditHead(request.behind, field: "behind"),
        expected: try AuditHead(request.expectedHead, field: "expected_head"))
      var response = VerifyEventsResponse()
      if let finding = verified.finding {
        response.fault = AuditFault(finding.fault)
        response.faultSequence = finding.sequence
      }
      response.head = verified.head.text
      response.dropped = verified.dropped
      response.signedSince = verified.signedSince ?? 0
      response.expectedHeadCompared = verified.hasCompared
      if verified.hasMore { response.next = verified.head.text }
      return response
    }
  }

  public func serverWillDrain() { followers.drain() }
}

extension TrackMessages.AuditEvent {
  init(_ record: AuditRecord) {
    self.init()
    let event = record.event
    time = Protobuf.Timestamp(event.at)
    count = event.count
    principal = event.principal.name
    principalVerified = event.principal.isVerified
    onBehalfOf = event.principal.onBehalfOf
    peer = event.peer
    method = event.method
    resource = event.subject.resource
    organizationId = event.subject.place.organizationId
    projectId = event.subject.place.projectId
    componentId = event.subject.place.componentId
    environmentId = event.subject.place.environmentId
    changedFields = event.subject.changedFields
    requestId = event.requestId
    outcome = event.outcome
    reason = event.subject.reason
    sequence = record.sequence
    code = Hexadecimal.text(record.code)
  }
}

extension AuditFault {
  init(_ fault: AuditVerification.Fault) {
    switch fault {
    case .anchorForged: self = .anchorForged
    case .removed: self = .removed
    case .changed: self = .changed
    case .keyUnknown: self = .keyUnknown
    case .keyOutdated: self = .keyOutdated
    case .cut: self = .cut
    case .replaced: self = .replaced
    }
  }
}

extension AuditHead {
  /// The number and the code, with a colon between them.
  public var text: String { "\(sequence):\(Hexadecimal.text(code))" }

  /// Reads `text`; nil for an empty one.
  init?(_ text: String, field: String) throws(DomainError) {
    if text.isEmpty { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 160, let sequence = Int64(parts[0]),
      (0..<AuditQuery.newest).contains(sequence), let code = Hexadecimal.bytes(parts[1])
    else {
      throw .invalid(
        field,
        InvalidValue(.invalidResource, "must be a number and a code with a colon between them"))
    }
    self.init(sequence: sequence, code: code)
  }
}

extension Protobuf.Timestamp {
  fileprivate func filterTime(_ field: String) throws(DomainError) -> TrackDomain.Timestamp {
    guard let time = TrackDomain.Timestamp(self) else {
      throw .invalid(field, InvalidValue(.invalidFilter, "is no time"))
    }
    return time
  }
}

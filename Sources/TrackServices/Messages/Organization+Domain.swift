import TrackDomain
import TrackMessages

extension TrackMessages.Organization {
  init(_ organization: TrackDomain.Organization) {
    self.init()
    id = organization.id
    tier =
      switch organization.tier {
      case .free: .free
      case .paid: .paid
      }
    etag = ETag.text(organization.resource)
  }
}

extension OrganizationDraft {
  init(_ message: TrackMessages.Organization) {
    let tier: TrackDomain.OrganizationTier? =
      switch message.tier {
      case .free: .free
      case .paid: .paid
      case .unspecified, .unrecognized: nil
      }
    self.init(id: message.id, tier: tier)
  }
}

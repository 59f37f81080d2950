import Testing
import TrackController

@Suite(.timeLimit(.minutes(2))) struct CatalogSubscriptionsTests {
  @Test func `leaves the tier to the catalog`() async throws {
    #expect(try await CatalogSubscriptions().tier(organizationId: "acme") == nil)
  }
}

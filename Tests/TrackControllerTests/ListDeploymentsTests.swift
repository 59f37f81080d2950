import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ListDeploymentsTests {
  private func list(
    _ shop: Shop, in environmentId: String = "", track: String? = nil, pageSize: Int32 = 0,
    token: String = ""
  ) async throws -> ListDeployments.Page {
    try await shop.fixture.tracks.deployments(
      ListDeployments(
        componentId: "shop", trackId: track ?? shop.track.id, environmentId: environmentId,
        pageSize: pageSize, pageToken: token))
  }

  /// Five deployments, by turns into `dev` and `other`.
  private func with(_ body: (Shop, _ ids: [String]) async throws -> Void) async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      var ids: [String] = []
      for number in 0..<5 {
        ids.append(try await shop.deploy(image, to: number % 2 == 0 ? "dev" : "other").id)
      }
      try await body(shop, ids)
    }
  }

  @Test func `pages from the newest to the oldest, of all environments or one`() async throws {
    try await with { (shop, ids) async throws in
      let environments = ["": ids, "dev": [ids[0], ids[2], ids[4]], "other": [ids[1], ids[3]]]
      for (environment, all) in environments {
        var found: [String] = []
        var token = ""
        repeat {
          let page = try await list(shop, in: environment, pageSize: 2, token: token)
          #expect(page.deployments.count <= 2)
          found += page.deployments.map(\.id)
          token = page.nextPageToken
        } while !token.isEmpty
        #expect(found == all.reversed())
      }
    }
  }

  @Test func `binds a token to component, track and environment, but not to the page size`()
    async throws
  {
    try await with { (shop, ids) async throws in
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let token = try await list(shop, pageSize: 2).nextPageToken
      #expect(
        try await list(shop, pageSize: 10, token: token).deployments.map(\.id)
          == ids.prefix(3).reversed())
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await list(shop, in: "dev", token: token)
      }
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await list(shop, track: other.id, token: token)
      }
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await shop.fixture.tracks.deployments(
          ListDeployments(componentId: "service", trackId: shop.track.id, pageToken: token))
      }
    }
  }

  @Test func `tells an empty history from a track or component that is not there`() async throws {
    try await Shop.with { (shop) async throws in
      #expect(try await list(shop).deployments.isEmpty)
      await expectRefusal(.trackNotFound, .notFound) { try await list(shop, track: "missing") }
      await expectRefusal(.componentNotFound, .notFound) {
        try await shop.fixture.tracks.deployments(
          ListDeployments(componentId: "missing", trackId: shop.track.id))
      }
    }
  }
}

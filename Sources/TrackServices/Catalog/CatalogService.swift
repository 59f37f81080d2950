public import TrackController

/// `deploymenttrack.v1.CatalogService` over the use cases; a file for each RPC.
public struct CatalogService: Sendable {
  let catalog: CatalogController

  public init(_ catalog: CatalogController) {
    self.catalog = catalog
  }
}

import RPC
public import TrackController
public import TrackMessages

/// `deploymenttrack.v1.CatalogService` over the use cases; a file for each RPC.
public struct CatalogService: CatalogServiceServer {
  let catalog: CatalogController

  public init(_ catalog: CatalogController) {
    self.catalog = catalog
  }
}

import Protobuf
import TrackMessages

/// The interface of resources for the commands of the catalog.
protocol CatalogResource: Message {
  associatedtype GetResponse: Message
  associatedtype Page: CatalogPage<Self>
  associatedtype PutResponse: Message
  associatedtype DeleteResponse: Message
  static var kind: CatalogKind { get }
  var id: String { get set }
  var etag: String { get set }
  /// The resource for people.
  var fields: FieldList { get }
  static func table(_ resources: [Self]) -> Table

  /// Sets the fields that the flags name.
  mutating func apply(_ arguments: Arguments) throws(UsageError)

  /// - Throws: an `RPCError` with NOT_FOUND when the resource does not exist.
  static func get(_ id: String, _ api: API) async throws -> GetResponse
  static func list(_ place: CatalogPlace, _ api: API) async throws -> Page
  func put(_ arguments: Arguments, _ api: API) async throws -> PutResponse
  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteResponse
  init(_ response: GetResponse)
  init(_ response: PutResponse)
  /// The response of a put that changes nothing.
  var response: PutResponse { get }
}

/// The response of a list.
protocol CatalogPage<Resource>: Message {
  associatedtype Resource
  var resources: [Resource] { get set }
  var nextPageToken: String { get set }
}

/// A page of a list.
struct CatalogPlace {
  /// The id of the owner of the listed resources; empty for organizations.
  let owner: String
  var size: Int32 = 0
  var token = ""
}

extension CatalogKind {
  /// The type of the messages that hold such a resource.
  var type: any CatalogResource.Type {
    switch self {
    case .organization: Organization.self
    case .project: Project.self
    case .component: Component.self
    case .environment: Environment.self
    case .pipeline: DeploymentPipeline.self
    }
  }
}

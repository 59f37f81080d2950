import Protobuf
import TrackMessages

/// What the commands of the catalog want to know of a resource, whatever its kind.
protocol CatalogResource: Message {
  associatedtype GetResponse: Message
  associatedtype Page: CatalogPage<Self>
  associatedtype PutResponse: Message
  associatedtype DeleteResponse: Message
  static var kind: CatalogKind { get }
  var id: String { get set }
  var etag: String { get set }
  /// How it reads to people.
  var fields: FieldList { get }
  static func table(_ resources: [Self]) -> Table

  /// Sets what the flags name, and leaves the rest.
  mutating func apply(_ arguments: Arguments) throws(UsageError)

  /// - Throws: an `RPCError` with NOT_FOUND when there is none.
  static func get(_ id: String, _ api: API) async throws -> GetResponse
  static func list(_ place: CatalogPlace, _ api: API) async throws -> Page
  func put(_ arguments: Arguments, _ api: API) async throws -> PutResponse
  static func delete(
    _ id: String, _ arguments: Arguments, _ api: API
  ) async throws -> DeleteResponse
  init(_ response: GetResponse)
  init(_ response: PutResponse)
  /// The answer of a put that changed nothing.
  var response: PutResponse { get }
}

/// An answer that holds resources of a list.
protocol CatalogPage<Resource>: Message {
  associatedtype Resource
  var resources: [Resource] { get set }
  var nextPageToken: String { get set }
}

/// Which page of a list is asked for.
struct CatalogPlace {
  /// The id of the resource that the listed ones belong to; empty for organizations.
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

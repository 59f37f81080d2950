import Protobuf
import TrackMessages

/// The flags of `catalog put`.
enum CatalogFlags {
  static let file = Flag("file", .file("FILE"), "the whole resource as JSON; '-' is stdin")
  static let organization = Flag(
    "organization", .text("ID"), names: .organization, "project: whose it is")
  static let project = Flag(
    "project", .text("ID"), names: .project, "component, environment, pipeline: whose it is")
  static let tier = Flag("tier", .choice(["free", "paid"]), "organization: what it pays for")
  static let type = Flag(
    "type", .choice(["service", "web-app", "task", "api-proxy"]), "component: what it is")
  static let imageSource = Flag(
    "image-source", .choice(["build", "registry"]), takesEmpty: true,
    "component: where its images come from [build]")
  static let repository = Flag("repository", .text("URL"), "component: its Git repository")
  static let sourcePath = Flag(
    "source-path", .text("PATH"), "component: where its sources are there")
  static let registry = Flag("registry", .text("NAME"), "component: the registry of its images")
  static let image = Flag("image", .text("REFERENCE"), "component: the image that it brings")
  static let autoBuild = Flag(
    "auto-build", .choice(["on", "off"]), takesEmpty: true,
    "component: whether commits are built without being asked; '' for not known")
  static let pipeline = Flag(
    "pipeline", .text("ID"), names: .pipeline, "component: its default pipeline")
  static let name = Flag("name", .text("TEXT"), "environment: what people call it")
  static let gitopsURL = Flag("gitops-url", .text("URL"), "environment: its GitOps repository")
  static let gitopsBranch = Flag(
    "gitops-branch", .text("BRANCH"), "environment: the branch there, if not that of HEAD")
  static let gitopsPath = Flag(
    "gitops-path", .text("PATH"), "environment: the folder there, '.' for the root [its id]")
  static let environment = Flag(
    "environment", .text("ID"), repeats: true, names: .environment,
    "pipeline: its environments, first to last")

  /// The flags of a kind.
  static func flags(of kind: CatalogKind) -> [Flag] {
    switch kind {
    case .organization: [tier]
    case .project: [organization]
    case .component:
      [
        project, type, imageSource, repository, sourcePath, registry, image, autoBuild, pipeline,
      ]
    case .environment: [project, name, gitopsURL, gitopsBranch, gitopsPath]
    case .pipeline: [project, environment]
    }
  }

  static let all: [Flag] = {
    var flags = [file]
    for flag in CatalogKind.allCases.flatMap({ Self.flags(of: $0) })
    where !flags.contains(where: { $0.name == flag.name }) {
      flags.append(flag)
    }
    return flags
  }()

  /// The enum value of a flag's word: `web-app` is COMPONENT_TYPE_WEB_APP.
  static func value<E: Enumeration>(_ word: String, _ prefix: String) -> E {
    E(name: prefix + word.uppercased().replacing("-", with: "_")) ?? E()
  }
}

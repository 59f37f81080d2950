import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct CatalogDraftTests {
  @Test(
    arguments: [
      (["organization.id"], OrganizationDraft(id: "", tier: .free), .invalidId),
      (["organization.tier"], OrganizationDraft(id: "acme", tier: nil), .invalidResource),
      (
        ["project.id", "project.organization_id"], ProjectDraft(id: "P", organizationId: ""),
        .invalidId
      ),
      (["component.type"], ComponentDraft(id: "c", projectId: "p", type: nil), .invalidResource),
      (
        ["component.image_source"],
        ComponentDraft(id: "c", projectId: "p", type: .task, imageSource: nil), .invalidResource
      ),
      (
        ["component.repository_url"],
        ComponentDraft(id: "c", projectId: "p", type: .task, repositoryURL: "a\nb"),
        .invalidResource
      ),
      (
        ["component.source_path"],
        ComponentDraft(id: "c", projectId: "p", type: .task, sourcePath: "../x"), .invalidResource
      ),
      (
        ["component.image"],
        ComponentDraft(
          id: "c", projectId: "p", type: .task, image: String(repeating: "x", count: 256)),
        .invalidResource
      ),
      (
        ["component.default_pipeline_id"],
        ComponentDraft(id: "c", projectId: "p", type: .task, defaultPipelineId: "P"), .invalidId
      ),
      (
        ["environment.gitops_branch"],
        EnvironmentDraft(id: "e", projectId: "p", gitopsBranch: "a..b"), .invalidBranch
      ),
      (
        ["environment.gitops_path"], EnvironmentDraft(id: "e", projectId: "p", gitopsPath: "/x"),
        .invalidResource
      ),
      (
        ["environment.gitops_branch", "environment.gitops_path"],
        EnvironmentDraft(id: "e", projectId: "p", gitopsBranch: "HEAD", gitopsPath: "a/.git"),
        .invalidBranch
      ),
      // With an accent the slash is another Swift character, but still a slash of the path.
      (
        ["environment.gitops_path"],
        EnvironmentDraft(id: "e", projectId: "p", gitopsPath: "a/../\u{301}x"), .invalidResource
      ),
      (
        ["environment.gitops_path"],
        EnvironmentDraft(id: "e", projectId: "p", gitopsPath: "/\u{301}x"), .invalidResource
      ),
      (
        ["deployment_pipeline.environment_ids"],
        DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: []), .invalidResource
      ),
      (
        ["deployment_pipeline.environment_ids[1]"],
        DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["a", "a"]),
        .invalidResource
      ),
      (
        ["deployment_pipeline.environment_ids[0]"],
        DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["A"]), .invalidId
      ),
      (
        ["deployment_pipeline.environment_ids"],
        DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: (0..<51).map { "e\($0)" }),
        .invalidResource
      ),
    ] as [([String], any CatalogDraft, ErrorReason)])
  func `name the fields that are wrong`(
    fields: [String], draft: any CatalogDraft, reason: ErrorReason
  ) throws {
    var violations = Violations()
    let value = draft.check(&violations)
    #expect(value == nil)
    #expect(violations.fields.map(\.field) == fields)
    #expect(violations.error?.reason == reason)
  }

  @Test func `become resources`() throws {
    var violations = Violations()
    #expect(
      EnvironmentDraft(id: "dev", projectId: "p", gitopsBranch: "main").check(&violations)
        == Environment(id: "dev", projectId: "p", name: "dev", gitopsBranch: "main"))
    #expect(
      ComponentDraft(id: "c", projectId: "p", type: .apiProxy).check(&violations)
        == Component(id: "c", projectId: "p", type: .apiProxy))
    #expect(violations.error == nil)
  }

  @Test func `have digests that tell every field`() {
    func digest(_ draft: any CatalogDraft) -> Digest {
      var digest = Digest()
      draft.combine(into: &digest)
      return digest
    }
    let drafts: [any CatalogDraft] = [
      ComponentDraft(id: "c", projectId: "p", type: .task),
      ComponentDraft(id: "d", projectId: "p", type: .task),
      ComponentDraft(id: "c", projectId: "q", type: .task),
      ComponentDraft(id: "c", projectId: "p", type: .service),
      ComponentDraft(id: "c", projectId: "p", type: .task, imageSource: .registry),
      ComponentDraft(id: "c", projectId: "p", type: .task, repositoryURL: "x"),
      ComponentDraft(id: "c", projectId: "p", type: .task, sourcePath: "x"),
      ComponentDraft(id: "c", projectId: "p", type: .task, imageRegistry: "x"),
      ComponentDraft(id: "c", projectId: "p", type: .task, image: "x"),
      ComponentDraft(id: "c", projectId: "p", type: .task, autoBuildOnCommit: true),
      ComponentDraft(id: "c", projectId: "p", type: .task, autoBuildOnCommit: false),
      ComponentDraft(id: "c", projectId: "p", type: .task, defaultPipelineId: "x"),
      OrganizationDraft(id: "a", tier: .free), OrganizationDraft(id: "a", tier: .paid),
      DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["a"]),
      DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["a", "b"]),
      DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["b", "a"]),
      EnvironmentDraft(id: "e", projectId: "p"),
      EnvironmentDraft(id: "e", projectId: "p", name: "x"),
      EnvironmentDraft(id: "e", projectId: "p", gitopsPath: "x"),
    ]
    #expect(Set(drafts.map(digest)).count == drafts.count)
    #expect(drafts.map(digest) == drafts.map(digest))
  }
}

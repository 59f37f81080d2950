/// To which organization a project belonged when something in it changed: its own changes tell.
extension Schema {
  static let projectChanges = """
    CREATE INDEX change_of_project ON change_log (resource_id) WHERE resource = 2;
    """
}

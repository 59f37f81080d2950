package import TrackDomain

extension StoreReader {
  /// The number of tracks of the component, counted up to `limit`.
  package func trackCount(componentId: String, upTo limit: Int) throws(StoreError) -> Int {
    try creationFacts(
      CreationFactsQuery(
        componentId: componentId, id: "", version: nil, branch: "", countLimit: limit)
    ).trackCount
  }

  /// The image that was saved under that run for that track ("" is an unversioned save), or nil.
  package func image(
    componentId: String, savedTrackId: String, runId: String
  ) throws(StoreError) -> TrackImage? {
    try saveFacts(
      SaveFactsQuery(
        componentId: componentId, trackId: savedTrackId, runId: runId, commitHash: "",
        environmentId: "", replacedLimit: 1)
    ).saved
  }
}

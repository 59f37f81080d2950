/// The version of this trackctl.
let trackctlVersion = "0.1.0"

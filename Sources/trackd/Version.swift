/// The version of this trackd, as `--version` and the first line of output print it.
let trackdVersion = "0.1.0"

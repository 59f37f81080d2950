/// Log lines about what is open to whom, at every start.
struct StartLog {
  let logger: Logger

  func tell(_ warnings: [StartRule.Warning]) {
    for warning in warnings {
      switch warning {
      case .noAuth(let address):
        logger.always(.warning, "everybody may do everything: --insecure-no-auth") {
          $0.string("address", "\(address)")
        }
      case .seenPassword:
        logger.always(
          .warning,
          "all on this machine can read a password of the store: use variables or --store-file")
      case .cleartextTokens(let address):
        logger.always(.warning, "tokens can be read on their way: the address has no TLS") {
          $0.string("address", "\(address)")
        }
      }
    }
  }
}

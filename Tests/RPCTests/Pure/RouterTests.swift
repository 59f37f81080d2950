import Protobuf
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct RouterTests {
  private func find(_ router: Router, _ path: String) -> MethodDescriptor? {
    router.find(Array(path.utf8).span)?.descriptor
  }

  @Test func `every registered method is found, and nothing else`() {
    var router = Router()
    let methods = (0..<300).map {
      MethodDescriptor(service: "pkg.S\($0 % 10)", method: "M\($0)", kind: .unary)
    }
    for method in methods {
      router.unary(method) { (request: StringValue, _) -> StringValue in request }
    }
    for method in methods { #expect(find(router, method.path) == method) }
    for path in ["", "/", "/pkg.S0/M1", "/pkg.S0/M0/", "pkg.S0/M0", "/pkg.S0/m0"] {
      #expect(find(router, path) == nil)
    }
    #expect(router.methods == methods)
    #expect(router.services == (0..<10).map { "pkg.S\($0)" })
  }

  @Test func `a method registered again replaces the former`() {
    var router = Router()
    let unary = MethodDescriptor(service: "a.B", method: "C", kind: .unary)
    let stream = MethodDescriptor(service: "a.B", method: "C", kind: .clientStreaming)
    router.unary(unary) { (request: StringValue, _) -> StringValue in request }
    router.clientStreaming(stream) { (_: RequestStream<StringValue>, _) -> StringValue in
      StringValue()
    }
    #expect(find(router, "/a.B/C") == stream)
  }
}

import EventLoop
import Protobuf
import RPCHTTP2

extension ServerData {
  init(_ calls: ServerCallCounter) {
    self.init()
    callsStarted = Int64(calls.started)
    callsSucceeded = Int64(calls.succeeded)
    callsFailed = Int64(calls.failed)
    lastCallStartedTimestamp = calls.lastStartMicroseconds.map { Timestamp(microseconds: $0) }
  }
}

extension ChannelData {
  init(_ info: ChannelInfo) {
    self.init()
    state = ChannelConnectivityState()
    state?.state =
      switch info.connectivity {
      case .idle: .idle
      case .connecting: .connecting
      case .ready: .ready
      case .transientFailure: .transientFailure
      case .shutdown: .shutdown
      }
    target = info.target
    callsStarted = Int64(info.callsStarted)
    callsSucceeded = Int64(info.callsSucceeded)
    callsFailed = Int64(info.callsFailed)
  }
}

extension SocketRef {
  init(_ socket: ChannelzNumbers.Socket, name: String) {
    self.init()
    socketId = ChannelzNumbers.number(socket)
    self.name = name
  }

  init(_ info: ConnectionInfo, owner: Int) {
    self.init(.connection(owner: owner, id: info.id), name: info.peer)
  }
}

extension Socket {
  init(listening address: SocketAddress, _ number: Int64) {
    self.init()
    ref = SocketRef()
    ref?.socketId = number
    ref?.name = address.description
    data = SocketData()
    local = Address(address)
  }

  init(_ details: ConnectionDetails, _ number: Int64) {
    self.init()
    ref = SocketRef()
    ref?.socketId = number
    ref?.name = details.info.peer
    data = SocketData(details)
    local = details.localAddress.map { Address($0) }
    remote = details.peerAddress.map { Address($0) }
  }
}

extension SocketData {
  fileprivate init(_ details: ConnectionDetails) {
    self.init()
    let (info, activity) = (details.info, details.activity)
    streamsStarted = Int64(info.totals.streamsOpened)
    streamsFailed = Int64(activity.streamsFailed)
    streamsSucceeded = Int64(info.totals.streamsOpened - info.streams - activity.streamsFailed)
    messagesSent = Int64(activity.messagesSent)
    messagesReceived = Int64(activity.messagesReceived)
    keepAlivesSent = Int64(activity.keepAlivesSent)
    let wallTime = WallClock.nowMicroseconds()
    func timestamp(_ time: MonotonicTime?) -> Timestamp? {
      time.map { Timestamp(microseconds: wallTime - Int64((details.time - $0) / .microseconds(1))) }
    }
    let lastStream = timestamp(activity.lastStreamAt)
    if details.isClient {
      lastLocalStreamCreatedTimestamp = lastStream
    } else {
      lastRemoteStreamCreatedTimestamp = lastStream
    }
    lastMessageSentTimestamp = timestamp(activity.lastMessageSentAt)
    lastMessageReceivedTimestamp = timestamp(activity.lastMessageReceivedAt)
    localFlowControlWindow = details.sendWindow.map { Int64Value($0) }
    remoteFlowControlWindow = details.receiveWindow.map { Int64Value($0) }
  }
}

extension Address {
  fileprivate init(_ address: SocketAddress) {
    self.init()
    switch address {
    case .ipv4(let host, let port):
      self.address = .tcpipAddress(TcpIpAddress(host.bigEndianBytes, port))
    case .ipv6(let high, let low, _, let port):
      self.address = .tcpipAddress(TcpIpAddress(high.bigEndianBytes + low.bigEndianBytes, port))
    case .unix(let path):
      var unix = UdsAddress()
      unix.filename = path
      self.address = .udsAddress(unix)
    case .unixAbstract(let name):
      var unix = UdsAddress()
      // As Linux's tools write it.
      unix.filename = "@" + name
      self.address = .udsAddress(unix)
    }
  }
}

extension Address.TcpIpAddress {
  fileprivate init(_ address: [UInt8], _ port: UInt16) {
    self.init()
    ipAddress = address
    self.port = Int32(port)
  }
}

extension Int64Value {
  fileprivate init(_ value: Int) {
    self.init()
    self.value = Int64(value)
  }
}

extension Timestamp {
  fileprivate init(microseconds: Int64) {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    self.init(seconds: seconds, nanos: Int32(rest) * 1000)
  }
}

extension FixedWidthInteger {
  fileprivate var bigEndianBytes: [UInt8] {
    stride(from: Self.bitWidth - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: self >> $0)
    }
  }
}

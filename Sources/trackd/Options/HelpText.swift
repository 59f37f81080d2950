/// The text of `--help`.
enum HelpText {
  static let overview = """
    trackd keeps deployment tracks: API version lines of components, each fed by a Git branch.

    Usage: trackd serve [options]     run the server ('trackd serve --help' lists the options)
           trackd store COMMAND       copy, back up or restore a store ('trackd store --help')
           trackd --version           print the version
           trackd --help              print this text

    Clients speak gRPC; the services are in Protos/deploymenttrack/v1. Orchestrators probe
    grpc.health.v1.Health on the same port.

    On loopback and on Unix sockets callers need no credentials and may do everything. Any other
    address needs --auth-tokens, --auth-config or --tls-client-ca: see 'trackd serve --help'.

    """

  static let store = """
    Usage: trackd store copy --store URL [--data DIR]
           trackd store backup FILE [--data DIR]
           trackd store restore FILE [--data DIR]
           trackd store restored [--end] [--store URL | --data DIR]

    copy     copies everything from the data directory, which no trackd may use meanwhile, to a
             database of PostgreSQL, which has to be empty; then every row is compared. Servers
             refuse the database until that is done. Where it was interrupted, run it again: it
             goes on. Tokens of pages and watches stay valid.
    backup   copies the database of the data directory to a new file, while a server runs or not.
             Copies of repositories and gitops.git are not in it.
    restore  puts such a file in the place of the database, while no server runs. The former one
             stays beside it, under another name. Notes what 'restored' notes.
    restored says that the store was put back to an earlier state by other means, before servers
             start on it: they compare what it believes to be deployed with the GitOps
             repositories, and hold what was under way where they differ, until somebody deploys
             there. It ends by itself when nothing differs and nothing is held.

      --end                restored: end that now: what is held goes on, over what differs
      --data DIR           the data directory [TRACKD_DATA; default ./trackd-data]
      --store URL          copy, restored: the database: \(ServeFlag.store.valueHelp).
                           Others on this machine can read a command line: passwords go into
                           the variable or a file [TRACKD_STORE]
      --store-file FILE    copy, restored: a file that holds this URL, and nothing else
                           [TRACKD_STORE_FILE]
      --deployer ADDR      copy: that of the servers, if they have one: then environments need no
                           repository [TRACKD_DEPLOYER]

    """

  static let serve = """
    Usage: trackd serve [options]

    Runs the server until SIGTERM or SIGINT. It prints every address it listens on, then 'ready'.

      --listen ADDR        where to listen: \(ServeFlag.listen.valueHelp);
                           may be repeated; port 0 picks a free one. Sockets of systemd
                           (LISTEN_FDS) come on top of these, and in place of the default.
                           An address that is neither loopback nor a Unix socket needs
                           --auth-tokens, --auth-config or --tls-client-ca
                           [TRACKD_LISTEN, separated by commas; default 127.0.0.1:50051]
      --unix-mode MODE     the permissions of the files of Unix sockets, whatever the umask is: who
                           may write to one may call [TRACKD_UNIX_MODE; default 0660]
      --data DIR           where the database lives, unless --store names one elsewhere, and copies
                           of repositories; made if missing; one trackd at a time
                           [TRACKD_DATA; default ./trackd-data]
      --store URL          a database of PostgreSQL that has the store, in place of SQLite in the
                           data directory; any number of servers may share it:
                           \(ServeFlag.store.valueHelp).
                           Others on this machine can read a command line: passwords go into
                           the variable or a file [TRACKD_STORE; default: SQLite]
      --store-file FILE    a file that holds this URL, and nothing else [TRACKD_STORE_FILE]
      --store-notify URL   only with --store: the same database, for NOTIFY: not through a pooler.
                           Servers tell each other of commits there; without it they look for them
                           every 50 ms [TRACKD_STORE_NOTIFY]
      --require-sync-standby  only with --store: refuse writes while the database does not have each
                           COMMIT wait for a standby, so that no acknowledged write is lost with
                           the primary; reads go on
                           [TRACKD_REQUIRE_SYNC_STANDBY, \(ServeFlag.requireSyncStandby.valueHelp)]
      --data-group GROUP   a group that may pass through the data directory to read gitops.git;
                           without it nobody but trackd's user may; not with --store
                           [TRACKD_DATA_GROUP]
      --accept-data-loss   not with --store: start although a damaged or missing file has taken acknowledged
                           writes with it; without this trackd names them and does not start
                           [TRACKD_ACCEPT_DATA_LOSS, \(ServeFlag.acceptDataLoss.valueHelp)]
      --loops N            event-loop threads, 1 to \(ServeFlag.maximumLoops)
                           [TRACKD_LOOPS; default: one per core]
      --log-level LEVEL    \(ServeFlag.logLevel.valueHelp)
                           [TRACKD_LOG_LEVEL; default info]
      --log-format FORMAT  \(ServeFlag.logFormat.valueHelp)
                           [TRACKD_LOG_FORMAT; default text]
      --log-rate N         log lines a second of one kind and peer; what is left out is counted,
                           0 leaves out nothing [TRACKD_LOG_RATE; default 1000]
      --grace SECONDS      how long calls in flight may go on after SIGTERM or SIGINT;
                           a second signal exits at once [TRACKD_GRACE; default 30]
      --max-connections N  connections at once, 1 to \(ServeFlag.maximumConnections), and no more than the limit of
                           open files leaves room for; for one more the longest idle one
                           makes room [TRACKD_MAX_CONNECTIONS; default 4000]
      --max-idle-per-peer N
                           connections without a call that one address may have; for one more
                           its longest idle one is told to go away; not for proxies
                           [TRACKD_MAX_IDLE_PER_PEER; default: any number]
      --idle-timeout TIME  how long a connection may be without a call before it is told to go
                           away; one that never had a call: 60s at most
                           [TRACKD_IDLE_TIMEOUT; default 30m]
      --keepalive-time TIME
                           how long a client may be silent before it gets PING, and
                           [TRACKD_KEEPALIVE_TIME; default 2h]
      --keepalive-timeout TIME
                           how long it may take to answer before its connection is closed
                           [TRACKD_KEEPALIVE_TIMEOUT; default 20s]
      --min-ping-interval TIME
                           how often a client with calls may send PING; one without any may every
                           2h; the third one too many ends the connection with GOAWAY
                           "too_many_pings" [TRACKD_MIN_PING_INTERVAL; default 5m]
      --max-connection-age TIME
                           the age, a tenth more or less, at which a connection is told to go
                           away, so that clients find servers that have started since
                           [TRACKD_MAX_CONNECTION_AGE; default: any age]
      --max-connection-age-grace TIME
                           how long its calls may go on after that
                           [TRACKD_MAX_CONNECTION_AGE_GRACE; default: until they end]
      --lame-duck SECONDS  how long to serve as before after SIGTERM or SIGINT, while health says
                           NOT_SERVING and load balancers turn away; the grace time follows
                           [TRACKD_LAME_DUCK; default 0]
      --max-calls N        calls that run at once, 1 to \(ServeFlag.maximumConnections); one more gets
                           RESOURCE_EXHAUSTED, except for health checks
                           [TRACKD_MAX_CALLS; default 10000]
      --shed-memory SIZE   memory of trackd above which new calls get RESOURCE_EXHAUSTED, except
                           for health checks [TRACKD_SHED_MEMORY; default: nine tenths of the
                           limit of trackd's control group, if it has one]
      --shed-lag MILLISECONDS
                           how late trackd may come to its work, again and again, before new
                           calls get RESOURCE_EXHAUSTED, except for health checks; 0 for any
                           time [TRACKD_SHED_LAG; default 500]
      --cors-origin ORIGIN web pages that may call: \(ServeFlag.corsOrigin.valueHelp);
                           may be repeated. Without it every request of a page is refused, so
                           that no page can use the browser of somebody who reaches trackd
                           [TRACKD_CORS_ORIGIN, separated by commas; default: no page]
      --allowed-hosts NAMES
                           hosts that a request over loopback may name, unless it is gRPC, besides
                           localhost and loopback addresses. With any of them, requests over
                           other networks have to name one too, or an address:
                           \(ServeFlag.allowedHosts.valueHelp);
                           may be repeated [TRACKD_ALLOWED_HOSTS; default: no more]
      --watch-heartbeat TIME
                           how often a watch gets a message when nothing happens; below the
                           time after which a proxy ends a call that is quiet
                           [TRACKD_WATCH_HEARTBEAT; default 25s]
      --policy FILE        who may do what, in YAML: verbs in scopes for callers. Read again when
                           it changes, and on SIGHUP; without it everybody may do everything
                           ('trackctl policy check FILE' checks one) [TRACKD_POLICY]
      --audit-retention TIME
                           how long it is known who did what
                           [TRACKD_AUDIT_RETENTION; default 400d]
      --audit-log FILE     gets the events of the audit as they come, one JSON object a line;
                           opened anew on SIGHUP [TRACKD_AUDIT_LOG; default: none]
      --audit-key FILE     keys of 32 bytes or more in Base64, one a line: the first one signs the
                           audit, all of them verify it; to be kept where the data is not
                           [TRACKD_AUDIT_KEY; default: a key in the database]
      --tls-cert FILE      the server's certificate and those that lead to an authority, in PEM: TCP
                           addresses then speak TLS alone, Unix sockets do not. The files of TLS
                           are read again when they change and on SIGHUP; broken ones change
                           nothing [TRACKD_TLS_CERT; default: cleartext]
      --tls-key FILE       its private key, without a password [TRACKD_TLS_KEY]
      --tls-sni DIR        more certificates, for clients that name another host: NAME.crt with
                           NAME.key, or folders with tls.crt and tls.key [TRACKD_TLS_SNI]
      --tls-client-ca FILE the authorities of clients' certificates [TRACKD_TLS_CLIENT_CA]
      --tls-client-auth MODE
                           whether clients need one: \(ServeFlag.tlsClientAuth.valueHelp)
                           [TRACKD_TLS_CLIENT_AUTH; default require with --tls-client-ca]
      --tls-crl FILE       revocation lists of those authorities; each one that has signed a
                           client's certificate needs one then [TRACKD_TLS_CRL]
      --tls-min VERSION    the oldest TLS: \(ServeFlag.tlsMinimum.valueHelp)
                           [TRACKD_TLS_MIN; default 1.2]
      --tls-handshake-rate N
                           TLS handshakes that one address may begin in a second, and twice as many
                           at once; 0 for any number, behind a proxy that passes TLS on
                           [TRACKD_TLS_HANDSHAKE_RATE; default 100]
      --channelz           tell callers of grpc.channelz.v1.Channelz what connections there are, with
                           the addresses of peers [TRACKD_CHANNELZ, \(ServeFlag.channelz.valueHelp)]
      --admin-listen ADDR  where those who run trackd ask: /healthz, /readyz, /metrics and /version
                           over HTTP/1.1 and HTTP/2, and grpc.health.v1. It has limits of its own
                           and stays up during a drain. Unless it is loopback or a Unix socket, it
                           serves health alone [TRACKD_ADMIN_LISTEN; default: nowhere]
      --admin-open-metrics serve /metrics and /version there to whoever reaches it
                           [TRACKD_ADMIN_OPEN_METRICS, \(ServeFlag.adminOpenMetrics.valueHelp)]
      --slow-call DURATION log calls that take longer as warnings; streams do not count:
                           \(DurationText.shortHelp)
                           [TRACKD_SLOW_CALL; default: no call is slow]
      --otlp ADDR          an OpenTelemetry collector that gets spans over gRPC:
                           \(ServeFlag.otlp.valueHelp)
                           [TRACKD_OTLP; default: no spans]
      --otlp-ca FILE       the authorities of the collector's certificate, if its address begins
                           with tls: [TRACKD_OTLP_CA; default: the system's]
      --otlp-cert FILE     a certificate to show to the collector, read again when it changes
                           [TRACKD_OTLP_CERT]
      --otlp-key FILE      its private key [TRACKD_OTLP_KEY]
      --trace-sample RATIO how many of the calls are traced whose callers have not decided that:
                           \(ServeFlag.traceSample.valueHelp)
                           [TRACKD_TRACE_SAMPLE; default 0]
      --auth-tokens FILE   bearer tokens that are taken, by their SHA-256; 'trackctl auth token'
                           makes one. Read again when the file changes, and on SIGHUP
                           [TRACKD_AUTH_TOKENS]
      --auth-config FILE   issuers of JSON Web Tokens that are taken, in YAML. Read again likewise
                           [TRACKD_AUTH_CONFIG]
      --insecure-no-auth   let everybody do everything, from any address; trackd warns of it at
                           every start
                           [TRACKD_INSECURE_NO_AUTH, \(ServeFlag.insecureNoAuth.valueHelp)]
      --step-timeout TIME  how long one step of a deployment or of a deletion may take outside of
                           trackd [TRACKD_STEP_TIMEOUT; default 60s]
      --step-attempts N    how often it is tried, 1 to \(ServeFlag.maximumStepAttempts), before it fails
                           [TRACKD_STEP_ATTEMPTS; default 6]
      --change-log-retention TIME
                           how long changes stay in the log, and how far back a watch can
                           resume [TRACKD_CHANGE_LOG_RETENTION; default 30d]
      --request-id-retention TIME
                           how long a request with an id can be repeated for the same answer
                           [TRACKD_REQUEST_ID_RETENTION; default 24h]
      --superseded-image-retention TIME
                           how long an image stays that another one of its commit has replaced
                           and that was never deployed with success
                           [TRACKD_SUPERSEDED_IMAGE_RETENTION; default 90d]
      --release-management ADDR
                           a service that keeps releases and their status, in place of the
                           store [TRACKD_RELEASE_MANAGEMENT]
      --build-service ADDR a service that knows builds and commits, in place of what was saved
                           and the component's Git repository [TRACKD_BUILD_SERVICE]
      --deployer ADDR      a service that deploys, in place of commits to GitOps repositories
                           [TRACKD_DEPLOYER]
      --resource-deleter ADDR
                           a service that removes what a deleted track has outside of trackd,
                           in place of the removal of its manifests [TRACKD_RESOURCE_DELETER]
      --subscriptions ADDR a service that knows what organizations pay for, in place of the
                           catalog [TRACKD_SUBSCRIPTIONS]
      --remote-ca FILE     the authorities of the certificates of these services, for those whose
                           addresses begin with tls: [TRACKD_REMOTE_CA; default: the system's]
      --remote-cert FILE   a certificate to show to them, read again when it changes
                           [TRACKD_REMOTE_CERT]
      --remote-key FILE    its private key [TRACKD_REMOTE_KEY]
      --git-credentials FILE
                           user names and passwords for Git repositories over https, one URL a
                           line, as git-credential-store keeps them [TRACKD_GIT_CREDENTIALS]
      --git-ssh-key FILE   the private key for Git repositories over ssh [TRACKD_GIT_SSH_KEY]
      --git-known-hosts FILE
                           the keys of the hosts of Git repositories over ssh, as ssh-keyscan
                           writes them; without it there are none over ssh
                           [TRACKD_GIT_KNOWN_HOSTS]
      --git-ca FILE        the certificates of the authorities that https to Git repositories
                           believes, in PEM, in place of the system's [TRACKD_GIT_CA]
      --git-allow-host HOSTS
                           where Git repositories may be besides the internet:
                           \(ServeFlag.gitAllowHost.valueHelp);
                           a name allows private networks, this machine takes localhost or its
                           addresses; may be repeated [TRACKD_GIT_ALLOW_HOST; default: nowhere]
      --git-allow-file     let Git repositories be paths of this machine
                           [TRACKD_GIT_ALLOW_FILE, \(ServeFlag.gitAllowFile.valueHelp)]
      --git-cache-retention TIME
                           how long the copy of a Git repository stays that nobody asks for
                           [TRACKD_GIT_CACHE_RETENTION; default 30d]
      --git-cache-size SIZE
                           how much room all copies of Git repositories may take; those that were
                           used least recently go first [TRACKD_GIT_CACHE_SIZE; default 2GiB]
      --help               print this text

    ADDR is \(RemoteAddresses.help); these services speak gRPC, their
    contracts are in Protos/deploymenttrack/integration/v1.
    TIME is \(DurationText.help).
    SIZE is \(SizeText.help).

    A flag wins over its environment variable. Logs go to stderr, one line per call; health checks
    that are OK are logged at debug only.

    Exit status: 0 after a drain, 1 when the server cannot start or its store failed,
    2 for a usage error.

    """
}

/** The systemd unit of a database service: a user of its own, a read-only system, time to let its sessions end. */

export interface UnitFacts {
  /** Absolute paths: of node, of the `postern` program, of the configuration. */
  readonly node: string;
  readonly program: string;
  readonly config: string;
}

/** @returns the file's text; systemd.service(5), systemd.exec(5) */
export function formatUnit({ node, program, config }: UnitFacts): string {
  const command = [node, program, "start", "--config", config].map(quote).join(" ");
  return `[Unit]
Description=Postern database service
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
User=postern
ExecStart=${command}
Restart=always
RestartSec=5
# SIGTERM lets sessions end and sends what is left of their audit log.
TimeoutStopSec=60
KillMode=mixed
# Two connections for each session.
LimitNOFILE=65536
StateDirectory=postern
StateDirectoryMode=0700
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=${isAtHome(node) || isAtHome(program) || isAtHome(config) ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
# Netlink tells which addresses this host has.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}

/** `ProtectHome=yes` would hide it. */
function isAtHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}

/** systemd.service(5), "Command lines": in quotes, with % and $ doubled, as both would be expanded. */
function quote(word: string): string {
  const text = word.replace(/[\\"]/g, "\\$&").replace(/[%$]/g, "$&$&");
  return /[\s"'\\;]/.test(word) ? `"${text}"` : text;
}

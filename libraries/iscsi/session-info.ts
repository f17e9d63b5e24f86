/** What the server tells of its sessions, and of those that it refused. Never a secret. */
import type { TrafficSnapshot } from './accounting/traffic.ts';
import type { Limits } from './scheduling/gate.ts';
import type { CacheFigures } from './scsi/disk.ts';
import type { Session } from './session/session.ts';
import type { Target } from './target.ts';

export type SessionInfo = {
  /** The target's name; undefined for a discovery session. */
  target: string | undefined;
  initiator: string;
  alias: string | undefined;
  /** "10.0.0.7:43210". */
  from: string;
  isid: string;
  tsih: number;
  since: Date;
  headerDigest: boolean;
  dataDigest: boolean;
};

export type LoginRefused = {
  /** Empty when the initiator did not come so far as to say. */
  initiator: string;
  target: string;
  from: string;
  /** Status class and detail of RFC 7143 11.13.5, e.g. 0x0201. */
  status: number;
  reason: string;
};

export const infoOf = (session: Session): SessionInfo => ({
  target: session.target?.name,
  initiator: session.login.initiatorName,
  alias: session.login.initiatorAlias,
  from: `${session.connection.remoteAddress}:${session.connection.remotePort}`,
  isid: session.login.isid,
  tsih: session.tsih,
  since: session.startedAt,
  headerDigest: session.parameters.headerDigest,
  dataDigest: session.parameters.dataDigest,
});

export type TargetStats = TrafficSnapshot & {
  target: string;
  tags: Readonly<Record<string, string>>;
  sessions: number;
  limits: Readonly<Limits>;
  /** Where the disk tells. */
  cache: CacheFigures | undefined;
};

export const statsOf = (target: Target): TargetStats => ({
  target: target.name,
  tags: target.tags,
  sessions: target.sessions.size,
  limits: target.gate.limits,
  cache: target.unit.disk.cacheFigures?.(),
  ...target.traffic.snapshot(),
});

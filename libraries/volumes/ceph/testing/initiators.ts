/** Other people's initiators: libiscsi's tools, and QEMU with libiscsi. */
import { spawnSync } from 'node:child_process';
import { CommandError } from '../../system/command.ts';
import type { Cluster } from './cluster.ts';

/** LUN 0 is tgt's own controller. */
const UNIT = 1;

export interface ReachedDisk {
  readonly target: string;
  readonly port: number;
  readonly initiator: string;
  readonly user: string;
  readonly secret: string;
}

/** Why they cannot be used here; false where they can. */
export function iscsiToolsMissing(): string | false {
  const look = 'command -v iscsi-readcapacity16 && ls /usr/lib/*/qemu/block-iscsi.so';
  if (spawnSync('sh', ['-c', look]).status === 0) return false;
  return 'iscsi-readcapacity16 or QEMU over iSCSI missing: run scripts/setup ceph-test test';
}

const urlOf = ({ user, secret, port, target }: ReachedDisk) =>
  `iscsi://${user}%${secret}@127.0.0.1:${port}/${target}/${UNIT}`;

/** The size that an initiator is told. Rejects where it may not log in. */
export async function readCapacity(cluster: Cluster, disk: ReachedDisk): Promise<number> {
  const args = ['-i', disk.initiator, urlOf(disk)];
  const printed = await cluster.run('iscsi-readcapacity16', args, { timeoutMs: 20_000 });
  return Number(/Total size:(\d+)/.exec(printed)?.[1]);
}

/** By what a multipath driver knows a disk: VPD pages 80 and 83. */
export async function readIdentity(
  cluster: Cluster,
  disk: ReachedDisk,
): Promise<{ serial: string; designators: string }> {
  const page = (number: number) =>
    cluster.run('iscsi-inq', ['-i', disk.initiator, '-e', '1', '-c', String(number), urlOf(disk)], {
      timeoutMs: 20_000,
    });
  const serial = /Unit Serial Number:\[ *(\S+)\]/.exec(await page(0x80))?.[1] ?? '';
  return { serial, designators: await page(0x83) };
}

/** Carries commands of `qemu-io` out, in one session. Rejects where a login, a write or the pattern of a read fails. */
export async function runQemuIo(
  cluster: Cluster,
  { target, port, initiator, user, secret }: ReachedDisk,
  commands: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const where = `portal=127.0.0.1:${port},target=${target},lun=${UNIT}`;
  const who = `user=${user},password-secret=chap,initiator-name=${initiator}`;
  const args = [
    ...['--object', `secret,id=chap,data=${secret}`],
    ...['--image-opts', `driver=iscsi,transport=tcp,${where},${who}`],
    ...commands.flatMap((each) => ['-c', each]),
  ];
  const printed = await cluster.run('qemu-io', args, { timeoutMs: 90_000, signal });
  // It ends well where a pattern is not there.
  if (!/Pattern verification failed/.test(printed)) return;
  throw new CommandError('qemu-io', 'failed', 0, `${commands.join('; ')}: ${printed}`);
}

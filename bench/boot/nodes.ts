/**
 * Emulated nodes, all in one process: what a server's firmware, iPXE, initramfs and system ask of the services, with
 * their pauses. Told `{ mac }` on standard input when a node is switched on, it prints what that node was made to wait.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseTrace, type TracedOperation } from '../../libraries/iscsi/index.ts';
import { LoadSession } from '../../libraries/iscsi/testing/load/load-session.ts';
import { DhcpClients } from './dhcp-client.ts';

/** What a node waited for our answers, in milliseconds, and what it waited for bytes. */
export type NodeTimes = {
  mac: string;
  dhcp: number;
  script: number;
  files: number;
  config: number;
  login: number;
  disk: number;
  report: number;
  error?: string;
};

/** Replayed as it was recorded, on a disk of this size: what lies further on is folded back. */
export const DISK_BYTES = 128 * 2 ** 20;
/** A self-test that is short for a server and long for us: the storm is one of boots, not of self-tests. */
const FIRMWARE_MS = 1000;
const DEPTH = 4;

const TRACE = join(import.meta.dirname, '../traces/golden-boot.trace');

if (import.meta.main) {
  const { operations, pace } = JSON.parse(process.argv[2]!) as { operations: number; pace: number };
  const trace = parseTrace(await readFile(TRACE, 'utf8'))
    .slice(0, operations)
    .map(folded);
  const dhcp = await DhcpClients.open();
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const { mac } = JSON.parse(line) as { mac: string };
      void boot(dhcp, mac, trace, pace).then(
        (times) => console.log(JSON.stringify(times)),
        (error: Error) => console.log(JSON.stringify({ mac, error: error.message })),
      );
    })
    .on('close', () => process.exit(0));
  console.log(JSON.stringify({ ready: true }));
}

function folded(operation: TracedOperation): TracedOperation {
  const { offset, length } = operation;
  return operation.kind === 'flush' ? operation : { ...operation, offset: offset % (DISK_BYTES - length) };
}

async function boot(
  dhcp: DhcpClients,
  mac: string,
  trace: readonly TracedOperation[],
  pace: number,
): Promise<NodeTimes> {
  const times: NodeTimes = { mac, dhcp: 0, script: 0, files: 0, config: 0, login: 0, disk: 0, report: 0 };
  const timed = async <Result>(what: Exclude<keyof NodeTimes, 'mac' | 'error'>, work: Promise<Result>) => {
    const begun = performance.now();
    const result = await work;
    times[what] += performance.now() - begun;
    return result;
  };
  await sleep(FIRMWARE_MS);
  await timed('dhcp', dhcp.lease(mac, 'firmware'));
  const { address, bootFile } = await timed('dhcp', dhcp.lease(mac, 'ipxe'));
  const ask = http(address);
  const script = (await timed('script', ask('GET', bootFile))).toString();
  const url = (pattern: RegExp) => pattern.exec(script)![1]!;
  await timed('files', ask('GET', url(/^kernel \S+ \S+ (\S+)/m)));
  await timed('files', ask('GET', url(/^initrd \S+ \S+ (\S+)/m)));
  const text = (await timed('config', ask('GET', url(/bullion\.boot=(\S+)/)))).toString();
  const config = Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/=(.*)/s)),
  );
  const target = {
    ...{ host: config.TARGET_ADDRESS, port: Number(config.TARGET_PORT), name: config.TARGET_NAME, lun: 0 },
    localAddress: address,
    chap: { user: config.CHAP_USER, secret: config.CHAP_SECRET },
  };
  const session = await timed('login', LoadSession.open(target, config.INITIATOR_NAME));
  await timed('disk', replayPaced(session, trace, pace));
  const report = JSON.stringify({ hostname: config.HOSTNAME, sshHostKeys: ['ssh-ed25519 AAAA'] });
  await timed('report', ask('POST', config.REPORT_URL, report));
  session.close();
  return times;
}

/** Each operation at its recorded time (times `pace`) or when there is room for it. */
async function replayPaced(session: LoadSession, trace: readonly TracedOperation[], pace: number) {
  const begun = performance.now();
  const failed = Promise.withResolvers<never>();
  session.onFailure = failed.reject;
  const underWay = new Set<Promise<void>>();
  for (const operation of trace) {
    const early = operation.ms * pace - (performance.now() - begun);
    if (early > 1) await sleep(early);
    const drained = operation.kind === 'flush' ? 0 : DEPTH - 1;
    while (underWay.size > drained) await Promise.race([...underWay, failed.promise]);
    const done = new Promise<void>((resolve) => {
      session.submit(
        operation.kind === 'flush' ? { kind: 'flush' } : { ...operation, kind: operation.kind },
        () => resolve(),
      );
    }).finally(() => underWay.delete(done));
    underWay.add(done);
    session.kick();
  }
  await Promise.race([Promise.all(underWay), failed.promise]);
}

/** Asks from the node's own address. */
function http(localAddress: string) {
  const agent = new Agent({ keepAlive: false });
  return (method: 'GET' | 'POST', url: string, body?: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { method, localAddress, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const all = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(all);
          else
            reject(
              new Error(
                `${method} ${new URL(url).pathname.split('/').at(-1)}: ${response.statusCode} ${all}`,
              ),
            );
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
}

/** How a process of the host gets onto the rack's operator machine, and a person onto a server's console. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BullionError, notFound } from '@bullion/service/errors';
import { tenure } from './down.ts';
import { PATH } from './processes.ts';
import { liveRecord, type RackRecord, readRecord } from './record.ts';
import { consoleFile } from './status.ts';

/**
 * The words to put before a command so that it runs in the rack's network, with the host's files and process
 * numbers. It is ended with the rack, by `down`. Throws `rack_not_found` or `rack_crashed`.
 */
export function enter(name: string): string[] {
  return entrance(liveRecord(name));
}

function entrance(record: RackRecord): string[] {
  return [
    ...['nsenter', '--target', String(record.supervisor!.pid)],
    // Root inside is this user outside; giving up that identity is not permitted, and not needed.
    ...(record.userNamespace ? ['--user', '--preserve-credentials'] : []),
    ...['--net', '--', 'env', tenure(record)],
  ];
}

/**
 * Joins this terminal to the server's serial line by IPMI serial-over-LAN; `~.` at the start of a line leaves
 * it. A session that another terminal holds is taken over. Returns ipmitool's exit code; throws `bmc_no_console`
 * where the BMC speaks Redfish.
 */
export async function console(name: string, node: string): Promise<number> {
  const record = liveRecord(name);
  const bmc = record.bmcs[node];
  if (!bmc) throw noNode(record, node);
  if (driverOf(record, node) === 'redfish') throw noConsole(record, node);
  const ipmitool = async (words: string[], stdio: 'inherit' | 'ignore'): Promise<number> => {
    const [program, ...args] = [
      ...entrance(record),
      ...['ipmitool', '-I', 'lanplus', '-C', '3', '-H', bmc.address, '-p', String(bmc.port)],
      // The password goes by the environment: the arguments of a process are for everyone to read.
      ...['-U', bmc.user, '-E', ...words],
    ];
    const child = spawn(program!, args, {
      stdio,
      env: { ...process.env, PATH, IPMI_PASSWORD: bmc.password },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  };
  await ipmitool(['sol', 'deactivate'], 'ignore');
  return ipmitool(['sol', 'activate'], 'inherit');
}

/** The file that holds all that the server printed since it was last powered on; it outlives a crash. */
export function consoleLog(name: string, node: string): string {
  const record = readRecord(name);
  if (!record) throw notFound('rack', name, 'Bring one up with `bullion rack up`.');
  if (!record.bmcs[node]) throw noNode(record, node);
  return consoleFile(record, node);
}

const driverOf = (record: RackRecord, node: string) =>
  record.spec.nodes.find(({ name }) => name === node)?.bmc.driver;

const noConsole = (record: RackRecord, node: string) =>
  new BullionError(
    'unsupported',
    'bmc_no_console',
    `The BMC of ${node} speaks Redfish, which has no console.`,
    {
      hint: `Read what the server prints: tail -f ${consoleFile(record, node)}`,
    },
  );

const noNode = (record: RackRecord, node: string) =>
  notFound('node', node, `The servers of "${record.name}" are: ${Object.keys(record.bmcs).join(', ')}.`);

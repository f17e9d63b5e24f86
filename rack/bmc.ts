/** A server's BMC: OpenIPMI's simulator, at an address of its own in the management network. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from './processes.ts';
import type { BmcAccount } from './record.ts';

export type BmcOptions = {
  node: string;
  uuid: string;
  account: BmcAccount;
  directory: string;
  /** The command that ipmi_sim runs for power and boot device; no word of it may hold a blank. */
  chassisCommand: string;
  /** The TCP port on loopback where the serial line's end is. */
  serialPort: number;
};

/** IPMI 2.0 sends these passwords in 20 bytes, of which many clients accept 16. */
export const PASSWORD_LENGTH = 16;

/** Starts the BMC and returns when it answers. */
export async function startBmc(options: BmcOptions): Promise<void> {
  await mkdir(join(options.directory, 'state'), { recursive: true });
  const configuration = join(options.directory, 'lan.conf');
  const commands = join(options.directory, 'mc.emu');
  await writeFile(configuration, lanConfiguration(options), { mode: 0o600 });
  await writeFile(commands, CONTROLLER_COMMANDS);
  const daemon = new Daemon({
    name: `BMC of ${options.node}`,
    program: 'ipmi_sim',
    args: ['-n', '-c', configuration, '-f', commands, '-s', join(options.directory, 'state')],
    logFile: join(options.directory, 'ipmi_sim.log'),
    restart: true,
  });
  daemon.start();
  await daemon.ready(() => answersPing(options.account));
}

/** IPMI over LAN+ only: no anonymous user, no plain-text and no absent authentication. */
function lanConfiguration({ node, uuid, account, chassisCommand, serialPort }: BmcOptions): string {
  return `name "${node}"
set_working_mc 0x20
  startlan 1
    addr ${account.address} ${account.port}
    priv_limit admin
    allowed_auths_callback md5
    allowed_auths_user md5
    allowed_auths_operator md5
    allowed_auths_admin md5
    guid ${uuid.replaceAll('-', '')}
  endlan
  chassis_control "${chassisCommand}"
  sol "tcp:127.0.0.1:${serialPort}" 115200
  user 2 true "${account.user}" "${account.password}" admin 10 md5
`;
}

/** One management controller with an event log, and none of the sensors that it could also simulate. */
const CONTROLLER_COMMANDS = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;

/** ASF presence ping over RMCP (IPMI 2.0, section 13.2.4): anything that manages a machine answers it. */
const PING = Buffer.from('0600ff06000011be80000000', 'hex');

async function answersPing(account: BmcAccount): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    const answer = once(socket, 'message', { signal: AbortSignal.timeout(100) });
    socket.send(PING, account.port, account.address);
    await answer;
    return true;
  } catch {
    return false; // Silence, or "connection refused" before it listens.
  } finally {
    socket.close();
  }
}

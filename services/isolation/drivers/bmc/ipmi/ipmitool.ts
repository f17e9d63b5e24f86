/**
 * One call of ipmitool. It is the field's own client and knows the quirks of twenty years of BMCs; a call costs one
 * short process and one session.
 */
import { BullionError, run } from '@bullion/service';
import type { Call } from '../call.ts';
import { bmcUnreachable } from '../errors.ts';
import type { Turns } from '../turns.ts';
import { failure } from './failures.ts';
import { bmcName, type IpmiSettings } from './settings.ts';

/** A call that is still at it then is killed: a BMC that answers at all does so within two seconds a message. */
const CALL_TIMEOUT_MS = 20_000;

/**
 * The arguments before the command. `-N 1 -R 2`: three tries that wait 1, 2 and 3 seconds, so that a BMC which does
 * not answer is known after 6 (`-R 0` would try for ever). `-v` makes ipmitool tell a wrong password from silence.
 */
export function ipmitoolArguments(settings: IpmiSettings, ...command: string[]): string[] {
  return [
    ...['-I', 'lanplus', '-C', String(settings.cipherSuite), '-N', '1', '-R', '2', '-v'],
    ...['-H', settings.address, '-p', String(settings.port)],
    ...['-U', settings.username, '-E', '-L', settings.privilege.toUpperCase()],
    ...command,
  ];
}

/** The password travels in the environment, which other users cannot read; arguments they can. */
export function ipmitoolEnvironment(settings: IpmiSettings): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', IPMI_PASSWORD: settings.password };
}

export type IpmiCall = Call<IpmiSettings>;

/** What the command printed. Throws the errors of BmcDriver. */
export async function ipmitool(turns: Turns, call: IpmiCall, ...command: string[]): Promise<string> {
  const { settings, what, signal } = call;
  return await turns
    .take(bmcName(settings), signal, () => ipmitoolNow(call, ...command))
    .catch((error) => {
      if (error instanceof BullionError) throw error;
      throw bmcUnreachable(bmcName(settings), `gave up to ${what}.`, error);
    });
}

/** The same, for who has the turn already. */
export async function ipmitoolNow(
  { settings, what, signal }: IpmiCall,
  ...command: string[]
): Promise<string> {
  const options = {
    timeoutMs: CALL_TIMEOUT_MS,
    env: ipmitoolEnvironment(settings),
    ...(signal && { signal }),
  };
  const finished = await run('ipmitool', ipmitoolArguments(settings, ...command), options).catch((error) => {
    if (error instanceof BullionError && error.code === 'program_timeout') {
      throw bmcUnreachable(
        bmcName(settings),
        `it took longer than ${CALL_TIMEOUT_MS / 1000} s to ${what}.`,
        error,
      );
    }
    throw error;
  });
  if (finished.code === 0) return finished.stdout;
  throw failure(settings, what, `${finished.stdout}\n${finished.stderr}`);
}

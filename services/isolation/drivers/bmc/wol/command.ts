/** One command on the machine, over SSH: the last thing that it does, perhaps. */
import { BullionError, messageOf } from '@bullion/service/errors';
import { type Answer, RemoteShell } from '../../switch/ssh/shell.ts';
import { bmcRefused, bmcUnreachable, bmcUntrusted, bmcWrongPassword } from '../errors.ts';
import { machineName, type WolSettings } from './settings.ts';

const ANSWER_MS = 10_000;

/** Resolves when the machine took the command, or ended the connection while it did. `what` it is for: "reset it". */
export async function command(
  settings: WolSettings,
  what: string,
  line: string,
  signal: AbortSignal,
): Promise<void> {
  const name = machineName(settings);
  const shell = await RemoteShell.open(settings, 'sh', { signal, timeoutMs: ANSWER_MS }).catch((error) => {
    throw ofMachine(settings, error);
  });
  try {
    const started = performance.now();
    const answer = await shell.run(line).catch((error): Answer => {
      signal.throwIfAborted();
      if (performance.now() - started >= ANSWER_MS) throw ofMachine(settings, error);
      return { code: 0, output: '' };
    });
    if (answer.code !== 0) {
      const said = answer.output.trim().split('\n').at(-1)?.slice(0, 200);
      throw bmcRefused(name, what, `"${line}" ended with ${answer.code}: ${said || 'no reason given'}`);
    }
  } finally {
    await shell.close();
  }
}

/** SSH's errors speak of a switch. */
function ofMachine(settings: WolSettings, error: unknown): unknown {
  if (!(error instanceof BullionError)) return error;
  const name = machineName(settings);
  switch (error.code) {
    case 'switch_unreachable':
      return bmcUnreachable(name, messageOf(error.cause), error);
    case 'switch_login_refused':
      return bmcWrongPassword(name, settings.username, 'key');
    case 'switch_identity_changed':
      return bmcUntrusted(
        name,
        'showed another host key than the registered one.',
        'If the machine was installed anew, register its new host key; otherwise find out who answers there.',
      );
    default:
      return error;
  }
}

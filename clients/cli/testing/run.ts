/** Runs a command in this process and keeps what it printed. */
import { main } from '../main.ts';

export type Ran = { code: number; stdout: string; stderr: string };

export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  io: { signal?: AbortSignal } = {},
): Promise<Ran> {
  const ran: Ran = { code: -1, stdout: '', stderr: '' };
  ran.code = await main(args, {
    stdout: { write: (text) => void (ran.stdout += text) },
    stderr: { write: (text) => void (ran.stderr += text) },
    env: { PATH: process.env.PATH, ...env },
    isTTY: false,
    ...io,
  });
  return ran;
}

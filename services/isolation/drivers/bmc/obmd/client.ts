/**
 * OBMd's REST API, as its source has it (CCI-MOC/obmd 0.1, `http.go`). An administrator is given a token for a node; a
 * call with the token in its query does something with the node. A new token ends the one before and whoever reads the
 * console, so one is kept for as long as OBMd takes it.
 */
import { createHash } from 'node:crypto';
import { BullionError, messageOf } from '@bullion/service/errors';
import { bmcFailed, bmcUnreachable, bmcWrongPassword } from '../errors.ts';
import type { Turns } from '../turns.ts';
import { type ObmdSettings, parseObmdSettings } from './settings.ts';

/** OBMd waits for ipmitool, which may try for long. */
const CALL_MS = 20_000;

export type Call = {
  settings: ObmdSettings;
  /** For messages: "power the server on". */
  what: string;
  signal: AbortSignal;
};

/** By login, whose password is no key: what came with another password must not be used without asking. */
const tokens = new Map<string, string>();
const loginOf = ({ address, username, password }: ObmdSettings) =>
  createHash('sha256')
    .update(JSON.stringify([address, username, password]))
    .digest('hex');

/** Runs `work` when it is this node's turn. Throws the errors of BmcDriver. */
export async function call<Result>(
  turns: Turns,
  raw: unknown,
  what: string,
  signal: AbortSignal | undefined,
  work: (call: Call) => Promise<Result>,
): Promise<Result> {
  const settings = parseObmdSettings(raw);
  let late: AbortSignal | undefined;
  try {
    return await turns.take(settings.address, signal, async () => {
      late = AbortSignal.timeout(CALL_MS);
      return await work({ settings, what, signal: signal ? AbortSignal.any([signal, late]) : late });
    });
  } catch (error) {
    if (error instanceof BullionError) throw error;
    const why = signal?.aborted
      ? `gave up to ${what}.`
      : late?.aborted
        ? `it took longer than ${CALL_MS / 1000} s to ${what}.`
        : `${messageOf(error)}.`;
    throw bmcUnreachable(settings.address, why, withoutToken(error));
  }
}

/** What fetch throws tells of a URL perhaps, and in it is the token. */
const withoutToken = (error: unknown): string => messageOf(error).replaceAll(/token=[^&\s]*/g, 'token=...');

/** Asks for something of the node, with a token; `fresh: false` where a lost token means that another one has taken it. */
export async function ask(
  asked: Call,
  method: 'GET' | 'POST' | 'PUT',
  operation: string,
  options: { body?: object; fresh?: boolean } = {},
): Promise<Response> {
  const { settings, signal } = asked;
  const login = loginOf(settings);
  for (let fresh = !tokens.has(login); ; fresh = true) {
    const token = fresh ? await newToken(asked) : tokens.get(login)!;
    tokens.set(login, token);
    const response = await fetch(`${settings.address}/${operation}?token=${token}`, {
      method,
      signal,
      redirect: 'error',
      ...(options.body && { body: JSON.stringify(options.body) }),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    // Another administrator has asked for a token since, or OBMd was started anew.
    if (response.status === 401) {
      tokens.delete(login);
      if (!fresh && options.fresh !== false) continue;
    }
    throw refusal(asked, response);
  }
}

async function newToken(asked: Call): Promise<string> {
  const { settings, signal } = asked;
  const { address, username, password } = settings;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${address}/token`, {
    method: 'POST',
    headers: { authorization },
    signal,
    redirect: 'error',
  });
  const said = await response.text();
  // Who is not the administrator finds no such route, and the router says so; of a node that is not there nothing is said.
  if (response.status === 404 && said !== '') throw bmcWrongPassword(address, username);
  if (!response.ok) throw refusal(asked, response);
  const { token } = parsed(asked, said) as { token?: unknown };
  if (typeof token === 'string' && /^[0-9a-f]{32}$/i.test(token)) return token;
  throw failed(asked, 'it gave no token.');
}

function refusal(asked: Call, { status }: Response): BullionError {
  if (status === 401)
    return failed(asked, 'it takes its own token no more: somebody else manages this node too.');
  if (status === 404) return failed(asked, 'OBMd has no such node.');
  return failed(asked, `OBMd answered HTTP ${status}; its log says why.`);
}

export function parsed(asked: Call, said: string): unknown {
  try {
    const value: unknown = JSON.parse(said);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw failed(asked, 'its answer is not understood; is it OBMd?');
}

export const failed = ({ settings, what }: Call, why: string): BullionError =>
  bmcFailed(settings.address, what, why);

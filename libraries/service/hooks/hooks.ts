/**
 * Hooks: other services that must agree before something happens, as a wipe before a server is given to the next. Each
 * is asked by POST and answers 200 or 204 when it is done, or 202 with a `Location` on the same server, which is asked
 * until it says `{"state": "succeeded"}` or `"failed"`. What does not answer, or answers 5xx, is asked again until the
 * hook's time is over; everything else is a failure. Nothing but success counts as success.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { BullionError, messageOf } from '../errors.ts';
import type { SecretBox } from '../secrets.ts';

export type HookTable = {
  name: string;
  /** What it is asked for, as `node/n1`; null is everything. */
  subject: string | null;
  url: string;
  /** The bearer token that it is asked with, encrypted. */
  token: string;
  timeout_seconds: number;
  created_at: string;
};
export type WithHooks = { hooks: HookTable };

/** A migration creates it. */
export async function createHookTable(db: Kysely<never>): Promise<void> {
  await sql`create table hooks (
    name text primary key, subject text, url text not null, token text not null,
    timeout_seconds integer not null, created_at text not null)`.execute(db);
}

export const hookSecret = (name: string) => `hook/${name}`;

export type HookCall = {
  /** What it is told. */
  body: Record<string, string>;
  /** The same for the same work: a hook that was asked before a crash is asked again with it. */
  key: string;
  signal: AbortSignal;
  note: (text: string) => Promise<void>;
};

const ASK_MS = 30_000;
const POLL_MS = 100;
const POLL_MAX_MS = 10_000;
const ANSWER_MAX = 16 * 1024;
const WHY_MAX = 600;

/** The hooks to ask for a subject, by name. */
export async function hooksFor<Schema extends WithHooks>(
  database: Kysely<Schema>,
  subject: string,
): Promise<HookTable[]> {
  const db = database as unknown as Kysely<WithHooks>;
  const query = db.selectFrom('hooks').selectAll().orderBy('name');
  return await query.where((eb) => eb.or([eb('subject', 'is', null), eb('subject', '=', subject)])).execute();
}

/** Resolves when the hook has succeeded. Throws `hook_failed` or `hook_timeout`; neither tells where it is. */
export async function askHook(secrets: SecretBox, hook: HookTable, call: HookCall): Promise<void> {
  const { signal, note } = call;
  const late = AbortSignal.timeout(hook.timeout_seconds * 1000);
  const end = AbortSignal.any([signal, late]);
  const headers = {
    authorization: `Bearer ${secrets.open<string>(hook.token, hookSecret(hook.name))}`,
    'content-type': 'application/json',
    'idempotency-key': call.key,
  };
  const init = { method: 'POST', headers, body: JSON.stringify(call.body) };
  let location: URL | undefined;
  for (let wait = POLL_MS; ; wait = Math.min(wait * 2, POLL_MAX_MS)) {
    const ask = { redirect: 'manual', signal: AbortSignal.any([end, AbortSignal.timeout(ASK_MS)]) } as const;
    try {
      const response = await fetch(location ?? hook.url, { ...ask, ...(location ? { headers } : init) });
      const text = await read(response);
      const { state, error } = location ? parse(text) : {};
      if (response.status < 500) {
        if (location ? state === 'succeeded' : [200, 204].includes(response.status)) return;
        const running = location ? response.ok && state === 'running' : response.status === 202;
        const next = location ?? locationOf(response, hook);
        if (!running || next === undefined) throw hookFailed(hook, error ?? `it answered ${response.status}`);
        location = next;
        await note(`waiting for the hook "${hook.name}"`);
      } else await note(`waiting: the hook "${hook.name}" answered ${response.status}; it is asked again`);
    } catch (thrown) {
      if (thrown instanceof BullionError) throw thrown;
      signal.throwIfAborted();
      if (!late.aborted) await note(`waiting: the hook "${hook.name}" does not answer; it is asked again`);
    }
    await sleep(wait, undefined, { signal: end }).catch(() => {});
    signal.throwIfAborted();
    if (late.aborted) throw hookTimeout(hook);
  }
}

/** Nobody else is told the token. */
function locationOf(response: Response, { url }: HookTable): URL | undefined {
  const header = response.headers.get('location');
  const location = header !== null && URL.canParse(header, url) ? new URL(header, url) : undefined;
  return location?.origin === new URL(url).origin ? location : undefined;
}

async function read(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_MAX) throw new Error('the answer is too long');
  }
  return text;
}

function parse(text: string): { state?: unknown; error?: string } {
  try {
    type Why = { message?: unknown; hint?: unknown };
    const { state, error } = JSON.parse(text) as { state?: unknown; error?: Why | string | null };
    // Operations of ours say it in an object.
    const words = typeof error === 'string' ? [error] : [error?.message, error?.hint];
    const why = words.filter((word) => typeof word === 'string').join(' ');
    return { state, ...(why !== '' && { error: why.replace(/\.$/, '').slice(0, WHY_MAX) }) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

const hookFailed = ({ name }: HookTable, why: string) =>
  new BullionError('bad_gateway', 'hook_failed', `The hook "${name}" failed: ${why}.`, {
    hint: 'Look at what it says of it, or ask the operator; then try again.',
  });

const hookTimeout = ({ name, timeout_seconds }: HookTable) =>
  new BullionError('timeout', 'hook_timeout', `The hook "${name}" did not succeed in ${timeout_seconds} s.`, {
    hint: 'Ask the operator to look at the service behind it; then try again.',
  });

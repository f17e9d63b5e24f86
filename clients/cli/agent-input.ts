/** What an agent's owner tells it by a file: JSON, in the words of the command line (`8h`, credits, ISO times). */
import { readFile } from 'node:fs/promises';
import type { Job } from '@bullion/market/agents';
import { BullionError, messageOf } from '@bullion/service/errors';
import { credits } from './credits.ts';
import { lasting } from './durations.ts';

export type AgentInput = { busy: number; jobs: Job[] };

/** An autoscaler's job is its load: how many nodes, and nothing else. */
export type InputOptions = { slotMs: number; loadOnly: boolean };

/** Throws `agent_input_unreadable`, with what is wrong and where. */
export async function agentInput(file: string | undefined, options: InputOptions): Promise<AgentInput> {
  if (file === undefined) return { busy: 0, jobs: [] };
  try {
    return parseInput(JSON.parse(await readFile(file, 'utf8')), options);
  } catch (cause) {
    throw new BullionError(
      'invalid',
      'agent_input_unreadable',
      `${file} cannot be read: ${messageOf(cause)}`,
      {
        hint: 'It is {"busy": 3} of an owner; of a buyer {"jobs": [{"id": "j1", "nodes": 2, "for": "8h", "deadline": "2030-01-31T12:00:00Z", "value": "40"}]}, with the value in credits.',
      },
    );
  }
}

function parseInput(read: unknown, options: InputOptions): AgentInput {
  const { busy = 0, jobs = [] } = recordOf(read, 'the file');
  if (!Array.isArray(jobs)) throw new Error('"jobs" must be a list.');
  const parsed = jobs.map((job, n) => jobOf(job, `jobs[${n}]`, options));
  const twice = parsed.find(({ id }, n) => parsed.findIndex((one) => one.id === id) !== n);
  if (twice) throw new Error(`two jobs have the id "${twice.id}".`);
  return { busy: whole(busy, '"busy"', 0), jobs: parsed };
}

function jobOf(read: unknown, where: string, { slotMs, loadOnly }: InputOptions): Job {
  const { id, nodes, for: length, deadline, value } = recordOf(read, where);
  const name = loadOnly ? (id ?? 'load') : id;
  if (typeof name !== 'string' || name === '') throw new Error(`"id" of ${where} must be a text.`);
  const job = { id: name, nodes: whole(nodes, `"nodes" of ${where} ("${name}")`, loadOnly ? 0 : 1) };
  if (loadOnly) return { ...job, slots: 1, deadline: 0, value: 0n };
  const text = (field: unknown, what: string): string => {
    if (typeof field === 'string') return field;
    throw new Error(`"${what}" of ${where} ("${name}") must be a text.`);
  };
  const told = <Value>(what: string, parse: () => Value): Value => {
    try {
      return parse();
    } catch (cause) {
      throw new Error(`"${what}" of ${where} ("${name}"): ${messageOf(cause)}`);
    }
  };
  const slots = Math.ceil(told('for', () => lasting(text(length, 'for'))) / slotMs);
  const at = Date.parse(text(deadline, 'deadline'));
  if (Number.isNaN(at))
    throw new Error(`"deadline" of ${where} ("${name}") must be a time, as 2030-01-31T12:00:00Z.`);
  const worth = typeof value === 'number' ? String(value) : text(value, 'value');
  const micro = told('value', () => BigInt(credits(worth)));
  return { ...job, slots, deadline: Math.floor(at / slotMs), value: micro };
}

function recordOf(read: unknown, where: string): Record<string, unknown> {
  if (typeof read === 'object' && read !== null && !Array.isArray(read))
    return read as Record<string, unknown>;
  throw new Error(`${where} must be an object, in {}.`);
}

function whole(read: unknown, what: string, least: number): number {
  if (Number.isInteger(read) && (read as number) >= least && (read as number) <= 100_000)
    return read as number;
  throw new Error(`${what} must be a whole number, ${least} or more.`);
}

/**
 * HIL: what its REST API answers at `/v0/node/NAME` for each node, asked of a running HIL or saved to a file as
 * `{"nodes": [...]}`. HIL tells nothing of BMCs: their settings come from a table beside it.
 */
import { BullionError, messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import { type Inventory, macOf, nameOf, wrong } from './inventory.ts';

const HilNode = z.object({
  name: z.string(),
  nics: z.array(
    z.object({
      label: z.string(),
      macaddr: z.string(),
      switch: z.string().nullish(),
      port: z.string().nullish(),
    }),
  ),
  metadata: z.record(z.string(), z.string()).default({}),
});
const Saved = z.object({ nodes: z.array(z.unknown()) });
export type Saved = z.output<typeof Saved>;

export const isHil = (value: unknown): boolean => Saved.safeParse(value).success;

export function readHil(file: string, value: unknown): Inventory {
  return Saved.parse(value).nodes.map((node, index) => {
    const where = `${file} node ${index + 1}`;
    const checked = HilNode.safeParse(node);
    if (!checked.success) {
      const { path, message } = checked.error.issues[0]!;
      throw wrong(
        where,
        `${path.join('.')}: ${message}.`,
        'Save what HIL answers at /v0/node/NAME as it is.',
      );
    }
    const { name, nics, metadata } = checked.data;
    return {
      where,
      name: nameOf(where, 'node', name),
      nics: nics.map(({ label, macaddr, switch: switchName, port }) => ({
        name: nameOf(where, 'nic', label),
        mac: macOf(where, macaddr),
        ...(switchName && port && { cable: { switch: nameOf(where, 'switch', switchName), port } }),
      })),
      // HIL keeps each value as JSON in a string.
      metadata: Object.fromEntries(Object.entries(metadata).map(([label, text]) => [label, fromJson(text)])),
    };
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** How long HIL may take for an answer, in milliseconds. */
const ANSWER_MS = 30_000;

/** Asks a running HIL, as an administrator: others are not told of switches. */
export async function askHil(
  endpoint: string,
  user: string,
  password: string,
  signal: AbortSignal,
): Promise<Saved> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const get = async (path: string): Promise<unknown> => {
    const url = `${endpoint.replace(/\/+$/, '')}/v0${path}`;
    try {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
      const response = await fetch(url, { headers: { authorization }, signal: ends });
      if (!response.ok)
        throw new Error(`it answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
      return await response.json();
    } catch (cause) {
      throw new BullionError(
        'unavailable',
        'hil_failed',
        `HIL cannot be asked at ${url}: ${messageOf(cause)}`,
        {
          hint: 'Check the address, and that the user is an administrator of HIL.',
          cause,
        },
      );
    }
  };
  const names = z.array(z.string()).parse(await get('/nodes/all'));
  const nodes: unknown[] = [];
  for (const name of names) nodes.push(await get(`/node/${encodeURIComponent(name)}`));
  return { nodes };
}

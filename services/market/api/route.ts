/** What the routes of this service have in common. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type App,
  type Authenticate,
  type Commit,
  createRoutes,
  mayUse,
  NameSchema,
  type Principal,
} from '@bullion/service';
import { forbidden, invalid } from '@bullion/service/errors';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Command, type State, takenWhileFrozen } from '../market/index.ts';
import { withProject } from '../projects.ts';
import type { MarketSchema } from '../store/schema.ts';

export type Parts = { app: App; context: Context; authenticate: Authenticate };

export const v1 = '/market/v1';

export const routesOf = ({ app, context }: Parts) => createRoutes(app, context.changes, v1);

/** As decimal digits: JSON's numbers lose the last of them. */
export const Amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, 'must be a whole number of micro-credits below 10^15, as a string')
  .describe('Micro-credits, as a string of decimal digits');
export const Money = z.string().describe('Micro-credits, as a string of decimal digits');
export const Id = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or "-"')
  .describe('Of your choice, used once; made where it is left out');
export const Party = NameSchema.optional().describe('The project that acts; needed where you have several');
export const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
export const Count = z.number().int().min(1).max(100_000);

/** The one who acts: the caller's only project, or the one named. */
export function actor(principal: Principal, named: string | undefined): string {
  const name = named ?? principal.project;
  if (name === null)
    throw invalid(
      'party_missing',
      'You act for several projects, or for none.',
      'Name the project that acts: --party PROJECT ("party" of the API).',
    );
  if (mayUse(principal, name)) return name;
  throw forbidden('party_foreign', `You do not act for "${name}".`, 'Name a project of yours.');
}

const THAW_MS = 10_000;

/** Until a clearing that is under way has ended: a moment, but for very large ones. */
async function thawed({ desk }: Context): Promise<void> {
  const until = performance.now() + THAW_MS;
  while (desk.market.state.frozen && performance.now() < until) await sleep(10);
}

/** A command in the transaction of its request; what it tells of is read when it was applied. */
export async function act<Answer>(
  context: Context,
  commit: Commit<MarketSchema>,
  command: Command,
  view: (state: State) => Answer,
): Promise<Answer> {
  const whole = await withProject(context.desk.market.state, context.projectMade, command);
  if (!takenWhileFrozen(command)) await thawed(context);
  return await commit(async (change) => {
    await context.desk.submit(change.trx, whole);
    change.after(() => context.deliver());
    return view(context.desk.market.state);
  });
}

export const slotFrom = ({ config }: State, at: number): number => Math.ceil(at / config.slotMs);
export const slotUntil = ({ config }: State, at: number): number => Math.floor(at / config.slotMs);

/** Those of a map, by id, a page at a time. */
export function pageOf<Row extends { id: string }>(
  rows: Iterable<Row>,
  { after, limit }: { after: string; limit: number },
): Row[] {
  return [...rows]
    .filter(({ id }) => id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

/** The routes by which an operator chooses hooks. */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Changes, WithChanges } from '../changes.ts';
import { notFound } from '../errors.ts';
import type { App } from '../http.ts';
import { NameSchema } from '../names.ts';
import { createRoutes } from '../routes.ts';
import { camelCased } from '../rows.ts';
import type { SecretBox } from '../secrets.ts';
import { hookSecret, type WithHooks } from './hooks.ts';

const Hook = z
  .object({
    name: z.string(),
    subject: z.string().nullable(),
    url: z.string(),
    timeoutSeconds: z.number().int(),
  })
  .meta({ id: 'Hook' });
const NewHook = z.object({
  url: z.url({ protocol: /^https?$/ }).max(1000),
  token: z.string().min(1).max(1000).describe('It is asked with it as a bearer; never shown again'),
  subject: z.string().max(100).nullable().default(null).describe('`node/NAME`; null is for all'),
  timeoutSeconds: z.number().int().min(1).max(604_800).default(3600),
});
const ofHook = z.object({ hook: NameSchema });

type Parts<Schema> = { db: Kysely<Schema>; changes: Changes<Schema & WithChanges>; secrets: SecretBox };

/** `at` is the path of the list: `/wipe-hooks`. */
export function addHookRoutes<Schema extends WithHooks & WithChanges>(
  app: App,
  prefix: string,
  at: `/${string}`,
  parts: Parts<Schema>,
): void {
  const { db, changes, secrets } = parts as unknown as Parts<WithHooks & WithChanges>;
  const { lists, writes } = createRoutes(app, changes, prefix);
  const operatorOnly = 'see or choose hooks';
  lists(
    `GET ${at}`,
    { summary: 'List hooks', operatorOnly, items: Hook },
    async ({ query }) => {
      const rows = db.selectFrom('hooks').selectAll().where('name', '>', query.after);
      return (await rows.orderBy('name').limit(query.limit).execute()).map(camelCased);
    },
    ({ name }) => name,
  );
  writes(
    `PUT ${at}/:hook`,
    { summary: 'Ask a service before it happens', operatorOnly, params: ofHook, body: NewHook, answer: Hook },
    ({ params: { hook: name }, body: { token, timeoutSeconds, ...body }, commit }) =>
      commit(async ({ trx, tell }) => {
        const sealed = secrets.seal(token, hookSecret(name));
        const set = { ...body, token: sealed, timeout_seconds: timeoutSeconds };
        await trx
          .insertInto('hooks')
          .values({ name, created_at: new Date().toISOString(), ...set })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(set))
          .execute();
        await tell('hook.set', `hook/${name}`, null, { url: body.url, subject: body.subject });
        return { name, timeoutSeconds, url: body.url, subject: body.subject };
      }),
  );
  writes(
    `DELETE ${at}/:hook`,
    { summary: 'No longer ask it', operatorOnly, params: ofHook },
    ({ params: { hook: name }, commit }) =>
      commit(async ({ trx, tell }) => {
        const { numDeletedRows } = await trx.deleteFrom('hooks').where('name', '=', name).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound('hook', name);
        await tell('hook.deleted', `hook/${name}`, null);
      }),
  );
}

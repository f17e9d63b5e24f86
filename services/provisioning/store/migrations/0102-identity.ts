import { statements } from '@bullion/service';
import type { Kysely } from 'kysely';

/** Who a node is to be: host key, users, user data; and the token that its cloud-init reads them with. */
export const identity = {
  async up(db: Kysely<never>): Promise<void> {
    const run = statements(db);
    await run('alter table boots add column identity text');
    await run('alter table boots add column seed_token_hash text');
    await run("alter table boots add column seed_read text not null default ''");
  },
};

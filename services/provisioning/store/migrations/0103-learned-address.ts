import { statements } from '@bullion/service';
import type { Kysely } from 'kysely';

/** Where another DHCP server gives addresses, a boot has none before its node tells: the empty one is no node's alone. */
export const learnedAddress = {
  async up(db: Kysely<never>): Promise<void> {
    const run = statements(db);
    await run('drop index boots_address');
    await run(`create unique index boots_address on boots (address)
      where state in ('booting', 'running', 'ending') and address <> ''`);
  },
};

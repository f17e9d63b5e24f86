import { statements } from '@bullion/service';
import type { Kysely } from 'kysely';

/** What went through the target of each boot; kept after the boot, and after its node, volume and lease. */
export const traffic = {
  async up(db: Kysely<never>): Promise<void> {
    const run = statements(db);
    await run(`create table traffic (
      boot text primary key,
      node text not null,
      project text not null,
      volume text not null,
      image text not null,
      lease text,
      begun_at text not null,
      updated_at text not null,
      figures text not null,
      points text not null)`);
    await run('create index traffic_node on traffic (node)');
    await run('create index traffic_volume on traffic (volume)');
    await run('create index traffic_lease on traffic (lease)');
  },
};

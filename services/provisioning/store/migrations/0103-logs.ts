import { statements } from '@bullion/service';
import type { Kysely } from 'kysely';

/** What an operation's own program printed. */
export const logs = {
  async up(db: Kysely<never>): Promise<void> {
    await statements(db)(`create table operation_logs (operation text primary key, text text not null)`);
  },
};

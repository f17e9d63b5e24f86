/** Operations on a database of their own. */
import { migrate, openDatabase } from '../database.ts';
import { createLogger } from '../log.ts';
import type { WithOperations } from '../operation.ts';
import { Operations } from '../operations.ts';
import { createServiceTables } from '../schema.ts';

export async function openOperations(path = ':memory:') {
  const db = openDatabase<WithOperations>(path);
  await migrate(db as never, 'test', { '0001-initial': { up: createServiceTables } });
  const operations = new Operations(db as never, createLogger('silent'));
  return {
    db,
    operations,
    create: (kind: string, input: unknown = {}) =>
      db
        .transaction()
        .execute((trx) => operations.create(trx, { kind, subject: 'node/n1', project: 'a', input })),
    async [Symbol.asyncDispose]() {
      await operations.close();
      await db.destroy();
    },
  };
}

/** Statements of migrations, which both databases understand. */
import { type Kysely, PostgresAdapter, sql } from 'kysely';

export const isPostgres = (db: Kysely<never>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/** Runs statements in `db`. SQLite's `integer` has 64 bits; that of PostgreSQL is called `bigint`, and its `blob` is `bytea`. */
export function statements(db: Kysely<never>): (statement: string) => Promise<unknown> {
  const translated = isPostgres(db)
    ? (statement: string) => statement.replaceAll(/\binteger\b/g, 'bigint').replaceAll(/\bblob\b/g, 'bytea')
    : String;
  return (statement) => sql.raw(translated(statement)).execute(db);
}

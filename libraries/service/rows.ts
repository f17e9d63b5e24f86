/** The queries that most rules make: rows by the values of some columns. What asks more is written out. */
import type { Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: kysely's types follow a table that is named, not one that is given.
type Loose = any;

function matching(query: Loose, where: object): Loose {
  return Object.entries(where).reduce(
    (narrowed, [column, value]) => narrowed.where(column, value === null ? 'is' : '=', value),
    query,
  );
}

/** The queries for one service's tables. */
export function rowsOf<Schema>() {
  type Name = keyof Schema & string;
  type Row<Table extends Name> = Selectable<Schema[Table]>;
  return {
    /** Undefined where there is none. */
    async findRow<Table extends Name>(
      db: Kysely<Schema>,
      table: Table,
      where: Partial<Row<Table>>,
    ): Promise<Row<Table> | undefined> {
      return await matching((db as Loose).selectFrom(table).selectAll(), where).executeTakeFirst();
    },
    async findRows<Table extends Name>(
      db: Kysely<Schema>,
      table: Table,
      where: Partial<Row<Table>>,
      order?: keyof Row<Table> & string,
    ): Promise<Row<Table>[]> {
      const query = matching((db as Loose).selectFrom(table).selectAll(), where);
      return await (order === undefined ? query : query.orderBy(order)).execute();
    },
    /** Returns those that it changed. */
    async updateRows<Table extends Name>(
      db: Kysely<Schema>,
      table: Table,
      where: Partial<Row<Table>>,
      set: Updateable<Schema[Table]>,
    ): Promise<Row<Table>[]> {
      return await matching((db as Loose).updateTable(table).set(set), where)
        .returningAll()
        .execute();
    },
    /** Returns how many there were. */
    async deleteRows<Table extends Name>(
      trx: Transaction<Schema>,
      table: Table,
      where: Partial<Row<Table>>,
    ): Promise<number> {
      const { numDeletedRows } = await matching((trx as Loose).deleteFrom(table), where).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Inserts a row, where there is none with its key; false where there is. */
export async function insertNew<Schema, Table extends keyof Schema & string>(
  trx: Transaction<Schema>,
  table: Table,
  row: Insertable<Schema[Table]>,
): Promise<boolean> {
  const insert = trx.insertInto(table).values(row as never);
  const made = await insert.onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** A row with its names as the API writes them: `starts_at` is `startsAt`. An answer's schema leaves out what is not told. */
export const camelCased = <Row extends object>(row: Row) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  ) as { [Name in keyof Row & string as Camel<Name>]: Row[Name] };

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newDatabase } from '@bullion/service/testing/postgres.ts';
import type { Kysely } from 'kysely';
import type { DeskOptions } from '../desk.ts';
import { lastKept, unpack } from '../snapshots/pieces.ts';
import type { MarketSchema } from '../store/schema.ts';
import { openDesk } from './desk.ts';

/** A database of a test's own, on the disk or on the PostgreSQL that is named; and the desks at it, one after the other. */
export class Place implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'bullion-market-desk-'));
  readonly #opened: Awaited<ReturnType<typeof openDesk>>[] = [];
  #where: string | undefined;

  async where(): Promise<string> {
    const server = process.env.BULLION_TEST_DATABASE;
    this.#where ??= server === undefined ? join(this.#folder, 'market.db') : await newDatabase(server);
    return this.#where;
  }

  async desk(clock: () => number, options: DeskOptions = {}) {
    const opened = await openDesk(await this.where(), clock, options);
    this.#opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const { desk, db } of this.#opened.splice(0)) {
      await desk.close();
      await db.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The last snapshot that is whole. */
export async function keptIn(db: Kysely<MarketSchema>): Promise<{ sequence: number; text: string }> {
  const { sequence, packed } = (await lastKept(db))!;
  return { sequence, text: unpack(packed) };
}

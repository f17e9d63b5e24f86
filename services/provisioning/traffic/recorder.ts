/**
 * Keeps what went through each boot's target, beyond the life of the target and of this process: a row for each boot,
 * brought up to date every few seconds while something moves, and when the target is closed. What moved within the last
 * seconds before a kill is lost.
 */
import type { TargetStats, TrafficPoint } from '@bullion/iscsi';
import { ok } from '@bullion/sdk';
import { messageOf } from '@bullion/service';
import { loadBoot } from '../boots.ts';
import { type Context, now } from '../context.ts';
import { bootOf } from '../exports.ts';
import type { TrafficTable } from '../store/schema.ts';
import { continued, type Figures, figuresOf, noFigures, sum } from './figures.ts';

const SAMPLE_MS = 5000;
/** What is older goes. */
const KEEP_MS = 400 * 24 * 3600_000;
/** And of what is newer, what is more than that. */
const KEEP_ROWS = 20_000;
const PRUNE_MS = 3600_000;

/** What was known of a boot before its target was opened in this process, and when that was. */
type Life = {
  row: Omit<TrafficTable, 'figures' | 'points' | 'updated_at'>;
  figures: Figures;
  points: TrafficPoint[];
  openedAt: number;
  /** Commands that the last sample had counted. */
  counted: number;
};

export class TrafficRecorder {
  readonly #context: Context;
  readonly #open: () => TargetStats[];
  readonly #lives = new Map<string, Life>();
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #prunedAt = 0;

  /** `open` tells of the targets that are open now. */
  constructor(context: Context, open: () => TargetStats[]) {
    this.#context = context;
    this.#open = open;
  }

  start(): void {
    this.#timer = setInterval(() => void this.sample(), SAMPLE_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.sample();
  }

  /** Never rejects: that figures are not kept must not keep a disk from being served. */
  sample(): Promise<void> {
    return this.#inTurn(async () => {
      for (const stats of this.#open()) await this.#keep(stats);
      await this.#prune();
    });
  }

  /** The last figures of a target that is being closed. Never rejects. */
  closing(stats: TargetStats): Promise<void> {
    return this.#inTurn(async () => {
      await this.#keep(stats);
      this.#lives.delete(stats.target);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#context.log.warn({ error: messageOf(error) }, 'traffic was not written down');
    });
    return this.#turn;
  }

  async #keep(stats: TargetStats): Promise<void> {
    const life = await this.#lifeOf(stats);
    const counted = stats.reads + stats.writes + stats.flushes + stats.errors;
    if (counted === life.counted) return;
    const afterMs = life.openedAt - Date.parse(life.row.begun_at);
    const changing = {
      updated_at: now(),
      figures: JSON.stringify(sum(life.figures, figuresOf(stats))),
      points: JSON.stringify(continued(life.points, stats.timeline, afterMs)),
    };
    await this.#context.db
      .insertInto('traffic')
      .values({ ...life.row, ...changing })
      .onConflict((conflict) => conflict.column('boot').doUpdateSet(changing))
      .execute();
    life.counted = counted;
  }

  async #lifeOf(stats: TargetStats): Promise<Life> {
    const known = this.#lives.get(stats.target);
    if (known) return known;
    const id = bootOf(stats.target);
    const { db } = this.#context;
    const openedAt = Date.now() - stats.elapsed;
    const row = await db.selectFrom('traffic').selectAll().where('boot', '=', id).executeTakeFirst();
    const life: Life = row
      ? { row, figures: JSON.parse(row.figures), points: JSON.parse(row.points), openedAt, counted: 0 }
      : { row: await this.#newRow(id), figures: noFigures(), points: [], openedAt, counted: 0 };
    this.#lives.set(stats.target, life);
    return life;
  }

  async #newRow(id: string): Promise<Life['row']> {
    const { node, project, volume, image, created_at } = await loadBoot(this.#context.db, id);
    return { boot: id, node, project, volume, image, lease: await this.#leaseOf(node), begun_at: created_at };
  }

  /** By which the project holds the node; null where it owns it, or nobody can say. */
  async #leaseOf(node: string): Promise<string | null> {
    const { isolation } = this.#context.isolation;
    const params = { path: { node } };
    const found = await ok(isolation.GET('/isolation/v1/nodes/{node}', { params })).catch(() => undefined);
    return found?.lease?.id ?? null;
  }

  async #prune(): Promise<void> {
    if (Date.now() - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = Date.now();
    const { db } = this.#context;
    const newest = db.selectFrom('traffic').select('boot').orderBy('updated_at', 'desc').limit(KEEP_ROWS);
    await db
      .deleteFrom('traffic')
      .where((eb) =>
        eb.or([
          eb('updated_at', '<', new Date(Date.now() - KEEP_MS).toISOString()),
          eb('boot', 'not in', newest),
        ]),
      )
      .execute();
  }
}

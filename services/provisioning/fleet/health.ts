/**
 * Noticing that a node has died whose boot has a spare: its BMC says that it is off though nobody ended its boot, or its
 * session at its target is gone and does not come back. Once is chance; what is seen at two looks in a row is acted on.
 */
import { ok } from '@bullion/sdk';
import { messageOf } from '@bullion/service';
import type { BootParts } from '../boot-parts.ts';
import { accessOf } from '../boots.ts';
import type { Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';
import { beginReplacement, lastReplacement } from './replace.ts';
import type { Spare } from './spare.ts';

/** A fail-over that could not be is tried again after this time, in milliseconds: somebody may have pulled the plug. */
const AGAIN_MS = 60_000;

export class Health {
  readonly #context: Context;
  readonly #parts: BootParts;
  /** Boots that looked dead when they were looked at last. */
  readonly #suspects = new Set<string>();
  /** Boots whose node has been logged in: one that never was tells nothing by its absence. */
  readonly #seen = new Set<string>();

  constructor(context: Context, parts: BootParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Looks at a running boot; begins to fail over where its node is dead. */
  async look(boot: BootTable): Promise<void> {
    if (boot.spare === null) return;
    const why = await this.#signOfDeath(boot);
    if (why === undefined) return void this.#suspects.delete(boot.id);
    if (!this.#suspects.has(boot.id)) return void this.#suspects.add(boot.id);
    const last = await lastReplacement(this.#context.db, boot);
    if (last?.state === 'running') return;
    if (last?.finished_at && Date.now() - Date.parse(last.finished_at) < AGAIN_MS) return;
    this.#suspects.delete(boot.id);
    this.#context.log.warn({ boot: boot.id, node: boot.node, why }, 'a node is dead; failing over');
    const spare = JSON.parse(boot.spare) as Spare;
    const operation = await this.#context.changes.own(`fail over node ${boot.node}: ${why}`, (change) =>
      beginReplacement(this.#context, change, boot, { to: { spare }, graceful: false }),
    );
    this.#context.operations.start(operation);
  }

  async #signOfDeath(boot: BootTable): Promise<string | undefined> {
    const sessions = this.#parts.exports.activity(accessOf(this.#context, boot).target)?.sessions ?? 0;
    if (sessions > 0) this.#seen.add(boot.id);
    else if (this.#seen.has(boot.id)) return 'it is no longer logged in at its disk';
    const { isolation } = this.#context.isolation;
    try {
      const params = { path: { node: boot.node } };
      const { power } = await ok(isolation.GET('/isolation/v1/nodes/{node}/power', { params }));
      return power === 'off' ? 'its power is off' : undefined;
    } catch (error) {
      // A dead BMC is not a dead node.
      this.#context.log.warn({ node: boot.node, error: messageOf(error) }, 'cannot look at the power');
      return undefined;
    }
  }
}

/**
 * Out-of-band management as HIL has it: it must be enabled for a node, and then each request for the power or the
 * console is sent on to a URL with a token, which needs no other credentials. The token is good for one operation on
 * one node, for a minute, and only as long as the same project holds the node and has management enabled.
 */
import { EventEmitter } from 'node:events';
import { BullionError, hashToken, newToken, type Principal } from '@bullion/service';
import type { Change, Database, Trx } from '../context.ts';
import { requireHeldNode, requireNode } from '../nodes.ts';
import type { NodeTable } from '../store/schema.ts';
import { blocked } from './errors.ts';
import { v0Tables } from './store.ts';

const TOKEN_MS = 60_000;

type Grant = { node: string; allocation: string; operation: string; principal: Principal; until: number };
type Held = NodeTable & { allocation: string };

export class Obm {
  readonly #db: Database;
  /** By the hash of the token, oldest first. In memory: a restart costs a client one more request. */
  readonly #grants = new Map<string, Grant>();
  /** Emits a node's name when its management was disabled. */
  readonly #disabled = new EventEmitter().setMaxListeners(0);

  constructor(db: Database) {
    this.#db = db;
  }

  /** Was management enabled by the project that holds the node now? */
  async isEnabled(db: Database | Trx, node: NodeTable): Promise<boolean> {
    if (node.allocation === null) return false;
    const row = await v0Tables(db)
      .selectFrom('v0_obm')
      .select('node')
      .where('node', '=', node.name)
      .where('allocation', '=', node.allocation)
      .executeTakeFirst();
    return row !== undefined;
  }

  async enable({ trx, principal, tell }: Change, name: string): Promise<void> {
    const { allocation, project } = await requireHeldNode(trx, principal, name);
    await v0Tables(trx)
      .insertInto('v0_obm')
      .values({ node: name, allocation })
      .onConflict((conflict) => conflict.column('node').doUpdateSet({ allocation }))
      .execute();
    await tell('node.obm_enabled', `node/${name}`, project);
  }

  /** Tokens die with it, and consoles that are being read end. */
  async disable({ trx, principal, tell, after }: Change, name: string): Promise<void> {
    const { project } = await requireNode(trx, principal, name);
    await v0Tables(trx).deleteFrom('v0_obm').where('node', '=', name).execute();
    await tell('node.obm_disabled', `node/${name}`, project);
    after(() => {
      for (const [hash, grant] of this.#grants) if (grant.node === name) this.#grants.delete(hash);
      this.#disabled.emit(name);
    });
  }

  /** A token for one operation on the node, where management is enabled. */
  async grant(principal: Principal, name: string, operation: string): Promise<string> {
    const node = await requireNode(this.#db, principal, name);
    if (node.allocation === null || !(await this.isEnabled(this.#db, node))) throw notEnabled(name);
    const now = performance.now();
    for (const [hash, { until }] of this.#grants) {
      if (until > now) break;
      this.#grants.delete(hash);
    }
    const token = newToken('obm');
    const { allocation } = node;
    this.#grants.set(hashToken(token), {
      ...{ node: name, allocation, operation, principal },
      until: now + TOKEN_MS,
    });
    return token;
  }

  /** Who was given the token, and the node; throws where it is not good, or not any more. */
  async redeem(
    token: string,
    name: string,
    operation: string,
  ): Promise<{ principal: Principal; node: Held }> {
    const grant = this.#grants.get(hashToken(token));
    if (grant?.node !== name || grant.operation !== operation || grant.until <= performance.now()) {
      throw tokenInvalid();
    }
    const node = await requireHeldNode(this.#db, grant.principal, name);
    if (node.allocation !== grant.allocation || !(await this.isEnabled(this.#db, node))) throw tokenInvalid();
    return { principal: grant.principal, node };
  }

  /** Aborted when the node's management is disabled, or with `signal`. */
  whileEnabled(node: string, signal: AbortSignal): AbortSignal {
    const end = new AbortController();
    const disabled = () => end.abort();
    this.#disabled.once(node, disabled);
    signal.addEventListener('abort', () => this.#disabled.off(node, disabled), { once: true });
    return AbortSignal.any([end.signal, signal]);
  }
}

const notEnabled = (node: string) =>
  blocked(
    'obm_not_enabled',
    'OBM is not enabled.',
    `Enable it first: \`hil node obm enable ${node}\`, or PUT /v0/node/${node}/obm {"enabled": true}.`,
  );

const tokenInvalid = () =>
  new BullionError(
    'unauthenticated',
    'obm_token_invalid',
    'The token of this URL is not good, or not any more.',
    {
      hint: 'Ask /v0/node/NODE/... again: it sends you on to a new one.',
    },
  );

/** Metadata: what the operator notes at a node under a label. Whoever sees the node reads it. */
import { conflict, invalid, notFound, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { type Change, type Database, deleteRows, findRow, findRows, type Trx } from './context.ts';

/** Any text, as HIL's users may. `__proto__` would be lost where the answer is put together. */
export const LabelSchema = z
  .string()
  .regex(/^(?!__proto__$)[^\p{C}]{1,128}$/u, 'must be 1 to 128 printable characters');

/** Every listing carries all of it. In characters of JSON, and labels a node. */
const VALUE_MAX = 4096;
const LABELS_MAX = 64;

export async function setMetadata(
  { trx, principal, tell }: Change,
  node: string,
  label: string,
  value: unknown,
): Promise<void> {
  requireOperator(principal, 'note something at a node');
  if (!(await findRow(trx, 'nodes', { name: node }))) throw notFound('node', node);
  const text = JSON.stringify(value);
  if (text.length > VALUE_MAX) {
    throw invalid(
      'metadata_too_large',
      `The value of "${label}" is ${text.length} characters of JSON; at most ${VALUE_MAX} are kept.`,
      'Keep it elsewhere, and note where.',
    );
  }
  const others = await findRows(trx, 'node_metadata', { node });
  if (others.filter((other) => other.label !== label).length >= LABELS_MAX) {
    throw conflict(
      'metadata_full',
      `Node "${node}" has ${LABELS_MAX} labels already.`,
      'Delete one that is not needed.',
    );
  }
  await trx
    .insertInto('node_metadata')
    .values({ node, label, value: text })
    .onConflict((conflict) => conflict.columns(['node', 'label']).doUpdateSet({ value: text }))
    .execute();
  await tell('node.metadata_set', `node/${node}`, null, { label });
}

export async function deleteMetadata(
  { trx, principal, tell }: Change,
  node: string,
  label: string,
): Promise<void> {
  requireOperator(principal, 'take notes off a node');
  if (!(await findRow(trx, 'nodes', { name: node }))) throw notFound('node', node);
  if ((await deleteRows(trx, 'node_metadata', { node, label })) === 0) {
    throw notFound('label', label, `See them with \`bullion node show ${node}\`.`);
  }
  await tell('node.metadata_deleted', `node/${node}`, null, { label });
}

/** Of each of the nodes, by label; empty where nothing was noted. */
export async function metadataOf(
  db: Database | Trx,
  nodes: string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (nodes.length === 0) return new Map();
  const rows = await db
    .selectFrom('node_metadata')
    .selectAll()
    .where('node', 'in', nodes)
    .orderBy('label')
    .execute();
  const ofNode = Map.groupBy(rows, ({ node }) => node);
  return new Map(
    nodes.map((node) => [
      node,
      Object.fromEntries((ofNode.get(node) ?? []).map(({ label, value }) => [label, JSON.parse(value)])),
    ]),
  );
}

/** What a node is made of, as a booted inspector reports it: once, with a token that an operator asked for. */
import { forbidden, hashToken, newToken, notFound, type Principal, seesAll } from '@bullion/service';
import { type Change, type Database, findRow, now, updateRows } from '../context.ts';
import { requireVisibleNode } from '../nodes.ts';
import type { Facts, InspectionView } from './facts.ts';

/** How long an inspector has to boot and look, in milliseconds. */
const PATIENCE_MS = 3600_000;

/** A later token takes the place of an earlier one. */
export async function askForInspection({ trx, tell }: Change, node: string) {
  if (!(await findRow(trx, 'nodes', { name: node }))) throw notFound('node', node);
  const token = newToken();
  const expiresAt = new Date(Date.now() + PATIENCE_MS).toISOString();
  const set = { token_hash: hashToken(token), token_expires_at: expiresAt };
  await trx
    .insertInto('inspections')
    .values({ node, facts: null, inspected_at: null, ...set })
    .onConflict((conflict) => conflict.column('node').doUpdateSet(set))
    .execute();
  await tell('node.inspection_asked', `node/${node}`, null);
  return { token, expiresAt };
}

export async function reportInspection(
  { trx, tell }: Change,
  node: string,
  { token, facts }: { token: string; facts: Facts },
): Promise<void> {
  const row = await findRow(trx, 'inspections', { node, token_hash: hashToken(token) });
  if (!row || row.token_expires_at! <= now()) {
    throw forbidden(
      'inspection_token_invalid',
      `Node "${node}" waits for no report with this token.`,
      'A token reports once, in an hour: ask for another one with `bullion node inspect`.',
    );
  }
  const used = { token_hash: null, token_expires_at: null };
  const report = { facts: JSON.stringify(facts), inspected_at: now() };
  await updateRows(trx, 'inspections', { node }, { ...used, ...report });
  await tell('node.inspected', `node/${node}`, null);
}

/** The switch at the other end of a cable is the operator's to know. */
export async function inspectionOf(
  db: Database,
  principal: Principal,
  node: string,
): Promise<InspectionView> {
  await requireVisibleNode(db, principal, node);
  const row = await findRow(db, 'inspections', { node });
  if (!row || row.facts === null) {
    throw notFound('inspection', node, 'An operator inspects nodes with `bullion node inspect`.');
  }
  const facts = JSON.parse(row.facts) as Facts;
  const nics = facts.nics.map(({ neighbour, ...nic }) =>
    seesAll(principal) && neighbour ? { ...nic, neighbour } : nic,
  );
  return { at: row.inspected_at!, facts: { ...facts, nics } };
}

/**
 * The fence between a volume's writer and its next one. Three independent things must hold before another node gets the
 * disk: the BMC has said that the power is off, read back after it was told (isolation, `power.ts`); the node is silent,
 * whatever its BMC says; and its target is gone with its sessions, names and CHAP secret, by the end of its boot. Where
 * one of them cannot be shown the disk stays closed to others.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import type { BootParts } from '../boot-parts.ts';
import { accessOf } from '../boots.ts';
import type { Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';

/** How long a node must be silent, in milliseconds. One that lives answers an unasked connection at once. */
const SILENT_MS = 1500;
/** Nobody listens there (RFC 863); a living kernel says so. */
const DISCARD_PORT = 9;

/** Switches the node off, and shows that it is. Throws `node_not_silent`, or what the isolation service says. */
export async function powerOffVerified(
  context: Context,
  { exports }: BootParts,
  boot: BootTable,
  signal: AbortSignal,
): Promise<void> {
  const params = { path: { node: boot.node } };
  const { isolation } = context.isolation;
  await ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { params, signal, body: { action: 'off' } }));
  const { target } = accessOf(context, boot);
  const before = exports.activity(target)?.commands;
  // Where another server gives addresses, a node that never came up has none.
  const replied = boot.address !== '' && (await repliesAt(boot.address, signal));
  const after = exports.activity(target)?.commands;
  const sign = replied
    ? `it still answers at ${boot.address}`
    : after !== undefined && after !== before
      ? 'it still uses its disk'
      : undefined;
  if (sign === undefined) return;
  context.log.error({ boot: boot.id, node: boot.node, sign }, 'a BMC says off of a node that lives');
  throw new BullionError(
    'bad_gateway',
    'node_not_silent',
    `The BMC of node "${boot.node}" says that it is off, but ${sign}. Its disk stays closed to others.`,
    { hint: 'Pull its plug, or have its BMC put right; then try again.', details: { node: boot.node } },
  );
}

/** Whether anything answers at this address: a refused connection is an answer. */
async function repliesAt(host: string, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ host, port: DISCARD_PORT });
  const enough = new AbortController();
  try {
    const reply = once(socket, 'connect', { signal: enough.signal }).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET',
    );
    const silence = sleep(SILENT_MS, false, { signal }).catch(() => false);
    const replied = await Promise.race([reply.then((is) => (is ? true : silence)), silence]);
    signal.throwIfAborted();
    return replied;
  } finally {
    enough.abort();
    socket.on('error', () => {}).destroy();
  }
}

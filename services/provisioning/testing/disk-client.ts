/**
 * A program that a simulated node runs: reads `{ config, actions }` from its input, carries the actions out on the
 * node's disk, and prints the answers. It passes the initiator of libraries/iscsi's tests on to the node's own target.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { TestInitiator } from '../../../libraries/iscsi/testing/initiator.ts';
import type { NodeConfig } from './simulated-node.ts';

/** Blocks of 512 bytes. A write fills them with one byte. */
export type DiskAction =
  | { read: number; blocks: number }
  | { write: number; blocks: number; byte: number }
  /** From now on nobody else writes: PERSISTENT RESERVE OUT, to be kept over a loss of power. */
  | { reserve: 'exclusive writes' };
/** Of a read, the bytes in hex. */
export type DiskAnswer = string;

if (import.meta.main) {
  const { config, actions, isid } = JSON.parse(await text(process.stdin)) as {
    config: NodeConfig;
    actions: DiskAction[];
    isid?: string;
  };
  const passing = createServer((near) => {
    const far = connect(Number(config.TARGET_PORT), config.TARGET_ADDRESS);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(passing, 'listening');
  const initiator = await TestInitiator.connect((passing.address() as AddressInfo).port);
  const { status } = await initiator.login({
    target: config.TARGET_NAME,
    initiator: config.INITIATOR_NAME,
    isid,
    chap: { user: config.CHAP_USER, secret: config.CHAP_SECRET },
  });
  if (status !== 0) throw new Error(`login refused: 0x${status.toString(16)}`);
  await initiator.testUnitReady(); // Takes the unit attention of a new session.
  const answers: DiskAnswer[] = [];
  for (const action of actions) {
    const result = await carryOut(initiator, action);
    if (result.status !== 0) throw new Error(`${JSON.stringify(action)}: SCSI status ${result.status}`);
    answers.push('read' in action ? result.data.toString('hex') : '');
  }
  const flushed = await initiator.result(initiator.command([0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  if (flushed.status !== 0) throw new Error(`flush: SCSI status ${flushed.status}`);
  process.stdout.write(JSON.stringify(answers));
  process.exit(0);
}

async function carryOut(initiator: TestInitiator, action: DiskAction) {
  if ('read' in action) return initiator.read(action.read, action.blocks);
  if ('write' in action) return initiator.write(action.write, Buffer.alloc(action.blocks * 512, action.byte));
  const [REGISTER, RESERVE, WRITE_EXCLUSIVE, KEY] = [0x00, 0x01, 1, 0xb0];
  const out = (service: number, type: number, parameters: Buffer) =>
    initiator.result(
      initiator.command([0x5f, service, type, 0, 0, 0, 0, 0, 24, 0], { write: 24 }),
      parameters,
    );
  const [register, reserve] = [Buffer.alloc(24), Buffer.alloc(24)];
  register[15] = reserve[7] = KEY;
  register[20] = 1; // APTPL
  const registered = await out(REGISTER, 0, register);
  return registered.status === 0 ? out(RESERVE, WRITE_EXCLUSIVE, reserve) : registered;
}

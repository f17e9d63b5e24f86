/** PERSISTENT RESERVE OUT (SPC-4 6.16), of what tests ask for. */
import type { TestInitiator } from './initiator.ts';

export const [REGISTER, RESERVE] = [0x00, 0x01];
export const RESERVATION_CONFLICT = 0x18;
const WRITE_EXCLUSIVE = 1;

/** Returns the SCSI status; `aptpl` is 1 where the registration is to outlive a loss of power. */
export async function reserveOut(
  initiator: TestInitiator,
  action: number,
  key: bigint,
  newKey: bigint,
  aptpl = 0,
): Promise<number> {
  const parameters = Buffer.alloc(24);
  parameters.writeBigUInt64BE(key, 0);
  parameters.writeBigUInt64BE(newKey, 8);
  parameters[20] = aptpl;
  const cdb = [0x5f, action, action === RESERVE ? WRITE_EXCLUSIVE : 0, 0, 0, 0, 0, 0, 24, 0];
  return (await initiator.result(initiator.command(cdb, { write: 24 }), parameters)).status;
}

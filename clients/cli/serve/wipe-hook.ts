/** Has each release wait until the provisioning service of the same process has wiped the node. */
import type { App } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import { operatorTokenFile, readToken } from './tokens.ts';

const HOOK = 'local-disks';
/** A large disk is overwritten at a few hundred MB/s at best. */
const TIMEOUT_SECONDS = 7 * 86_400;

export async function wipeAt(isolation: App, home: string, url: string, token: string): Promise<void> {
  const body = { url: `${url}/provisioning/v1/wipes`, token, timeoutSeconds: TIMEOUT_SECONDS };
  const { statusCode, body: answer } = await isolation.inject({
    method: 'PUT',
    url: `/isolation/v1/wipe-hooks/${HOOK}`,
    headers: { authorization: `Bearer ${readToken(operatorTokenFile(home))}` },
    payload: body,
  });
  if (statusCode === 200) return;
  throw new BullionError('internal', 'wipe_hook_refused', `The hook "${HOOK}" was refused: ${answer}.`);
}

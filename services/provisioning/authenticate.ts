/** This service has no accounts of its own: it asks the isolation service whose token, or name and password, it is. */
import { ok } from '@bullion/sdk';
import { BullionError, type Credentials, type Principal } from '@bullion/service';
import type { Context } from './context.ts';

export async function askIsolation(
  context: Context,
  credentials: Credentials,
): Promise<Principal | undefined> {
  try {
    return await ok(context.isolationAs(credentials).isolation.GET('/isolation/v1/whoami'));
  } catch (error) {
    if (error instanceof BullionError && error.kind === 'unauthenticated') return undefined;
    throw error;
  }
}

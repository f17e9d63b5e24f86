/** This service has no accounts of its own: it asks the isolation service who the bearer of a token is. */
import { ok } from '@bullion/sdk';
import { BullionError, type Principal } from '@bullion/service';
import type { Context } from './context.ts';

export async function askIsolation(context: Context, token: string): Promise<Principal | undefined> {
  try {
    return await ok(context.isolationAs(token).isolation.GET('/isolation/v1/whoami'));
  } catch (error) {
    if (error instanceof BullionError && error.kind === 'unauthenticated') return undefined;
    throw error;
  }
}

/** This service has no accounts of its own: it asks the isolation service who the bearer of a token is. */
import { ok, type Services } from '@bullion/sdk';
import { BullionError, type Principal } from '@bullion/service';

/** An order storm of one caller asks once a second. A token that is taken back works for so long here. */
const REMEMBER_MS = 1000;

export function askIsolation(isolationAs: (token: string) => Services) {
  const known = new Map<string, { until: number; principal: Promise<Principal | undefined> }>();
  return async (token: string): Promise<Principal | undefined> => {
    const found = known.get(token);
    if (found && found.until > performance.now()) return await found.principal;
    if (known.size > 1000) known.clear();
    const principal = ask(isolationAs(token)).catch((error) => {
      known.delete(token);
      throw error;
    });
    known.set(token, { until: performance.now() + REMEMBER_MS, principal });
    return await principal;
  };
}

async function ask({ isolation }: Services): Promise<Principal | undefined> {
  try {
    return await ok(isolation.GET('/isolation/v1/whoami'));
  } catch (error) {
    if (error instanceof BullionError && error.kind === 'unauthenticated') return undefined;
    throw error;
  }
}

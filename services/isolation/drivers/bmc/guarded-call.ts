/** A call to a BMC that cannot hang, whatever its driver does, and whose failure is told as the node's. */
import { BullionError, type Logger, within } from '@bullion/service';
import type { BmcDriver, CallOptions } from './driver.ts';

export type Callee = {
  node: string;
  driver: BmcDriver;
  settings: unknown;
  timeoutMs: number;
  log: Logger;
};

/** Rejects with `bmc_unreachable` after `timeoutMs`; `signal` ends it earlier. */
export async function callBmc<Result>(
  { node, driver, settings, timeoutMs, log }: Callee,
  call: (driver: BmcDriver, settings: unknown, options: CallOptions) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const end = new AbortController();
  const options = { signal: signal ? AbortSignal.any([signal, end.signal]) : end.signal };
  try {
    const late = { who: `The BMC of node "${node}"`, what: 'answer', code: 'bmc_unreachable' };
    return await within(timeoutMs, call(driver, settings, options), late);
  } catch (error) {
    end.abort();
    if (!(error instanceof BullionError) || signal?.aborted) throw error;
    log.warn({ node, code: error.code, error: error.message }, 'BMC failed');
    throw ofNode(error, node);
  }
}

/** Says which node it was and not where its BMC is: that is not the tenant's business. The log keeps the address. */
function ofNode(error: BullionError, node: string): BullionError {
  const { address, ...details } = error.details ?? {};
  if (typeof address !== 'string') return error;
  const message = error.message
    .replaceAll(`BMC at ${address}`, `The BMC of node "${node}"`)
    .replaceAll(address, 'its address');
  const { kind, code, hint } = error;
  return new BullionError(kind, code, message, { hint, details: { ...details, node }, cause: error });
}

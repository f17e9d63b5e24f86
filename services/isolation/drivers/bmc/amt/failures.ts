/** What AMT's refusals mean: an HTTP status, a SOAP fault, or the return value of a method. Pure. */
import type { BullionError } from '@bullion/service/errors';
import { childOf, type Element } from '../../xml.ts';
import { bmcFailed, bmcRefused, bmcWrongPassword, repeatable } from '../errors.ts';
import { bodyOf, faultOf } from './envelope.ts';
import { type AmtSettings, bmcName } from './settings.ts';

/** The body of a good answer. Throws what any other one means; `what` was tried: "power the server on". */
export function goodBody(settings: AmtSettings, what: string, status: number, text: string): Element {
  const name = bmcName(settings);
  if (status === 401) throw bmcWrongPassword(name, settings.username);
  const body = bodyOf(text);
  const fault = faultOf(body);
  if (fault !== undefined) {
    const reason = repeatable(fault.reason, settings.password);
    const why = `${repeatable(fault.code, settings.password)}: ${reason || 'it gave no reason'}`;
    if (fault.code === 'AccessDenied') {
      throw bmcRefused(
        name,
        what,
        `${why} (its user may lack the realm "Remote Control"; in client control mode AMT asks the person at the machine for consent.)`,
      );
    }
    throw bmcFailed(name, what, why);
  }
  if (status === 403) throw bmcRefused(name, what, `the user "${settings.username}" may not (HTTP 403).`);
  if (status >= 300) throw bmcFailed(name, what, `it answered HTTP ${status}; is it Intel AMT?`);
  if (body === undefined) {
    throw bmcFailed(name, what, 'its answer is not WS-Management; is it Intel AMT?');
  }
  return body;
}

/** The return values that DSP1027 and DSP1012 give to the methods we use, in words. */
const RETURNED: Readonly<Record<number, string>> = {
  1: 'it does not support this',
  2: 'an error that it does not know',
  3: 'it could not be done in time',
  4: 'it failed',
  5: 'a parameter is not valid in its present state',
  6: 'it is in use',
  4097: 'this power state cannot be reached from the present one, or somebody has a redirection session (KVM, SOL) open',
  4099: 'it is busy',
};
/** Above it stands Intel's own status (PT_STATUS). */
const VENDOR = 32_768;
/** PT_STATUS_NOT_PERMITTED. */
const NOT_PERMITTED = 16;

/** Undefined when the method was carried out. */
export function returned(settings: AmtSettings, what: string, output: Element): BullionError | undefined {
  const name = bmcName(settings);
  const said = childOf(output, 'ReturnValue')?.text ?? '';
  const value = /^\d+$/.test(said) ? Number(said) : Number.NaN;
  if (value === 0) return undefined;
  if (Number.isNaN(value)) return bmcFailed(name, what, 'it did not say whether it did.');
  if (value === 1) return bmcRefused(name, what, `${RETURNED[1]}.`);
  if (value === VENDOR + NOT_PERMITTED) return bmcRefused(name, what, 'AMT says that this is not permitted.');
  const why = value >= VENDOR ? `AMT status ${value - VENDOR}` : (RETURNED[value] ?? 'an unknown reason');
  return bmcFailed(name, what, `${why} (${value}).`);
}

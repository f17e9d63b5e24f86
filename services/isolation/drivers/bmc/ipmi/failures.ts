/**
 * What ipmitool's complaints mean. They are all that it tells: its exit code is 1 for everything, and without -v a
 * wrong password reads the same as a BMC that is switched off. Pure.
 */
import type { BullionError } from '@bullion/service/errors';
import { bmcFailed, bmcRefused, bmcUnreachable, bmcWrongPassword, bmcWrongState } from '../errors.ts';
import { bmcName, type IpmiSettings } from './settings.ts';

/** What -v adds to every call, and says nothing about its failure. */
const NOISE =
  /^(Loading IANA|Running Get |Discovered |Invalid completion code received|Get HPM\.x|tcgetattr|Info: SOL parameter)|^\s*$/;

/** `what` was tried: "power the server on". */
export function failure(settings: IpmiSettings, what: string, complaints: string): BullionError {
  const name = bmcName(settings);
  const says = (pattern: RegExp) => pattern.test(complaints);

  // RAKP is the handshake of IPMI 2.0 (section 13.20 and after); the BMC proves in its second message that it has the
  // same password, and tells in the same message that it does not know the user.
  if (says(/RAKP 2 HMAC is invalid|unauthorized name|RAKP 4 message has invalid integrity/)) {
    return bmcWrongPassword(name, settings.username);
  }
  if (says(/unauthorized role|invalid role|resources for role|privilege level|session privilege/i)) {
    return bmcRefused(
      name,
      what,
      `the user "${settings.username}" has not the privilege level "${settings.privilege}" or a higher one that this needs.`,
    );
  }
  if (says(/no matching (cipher suite|authentication|integrity)/)) {
    return bmcRefused(name, what, `it does not offer cipher suite ${settings.cipherSuite}.`);
  }
  if (says(/SOL payload (type )?disabled|SOL payload activation limit/)) {
    return bmcRefused(name, what, 'its serial over LAN is disabled or has no session free.');
  }
  if (says(/DCMI request failed because: Invalid command|platform is not DCMI/i)) {
    return bmcRefused(name, what, 'it does not speak DCMI.');
  }
  if (says(/not supported in present state/i)) return bmcWrongState(name, what);
  if (says(/insufficient resources for session/))
    return bmcFailed(name, what, 'all its sessions are in use.');
  if (says(/Address lookup for .* failed/)) return bmcUnreachable(name, 'its host name is not known.');
  if (says(/Unable to establish|no response|No response|Could not open socket/)) {
    return bmcUnreachable(name, 'no answer to IPMI over LAN.');
  }
  return bmcFailed(name, what, lastLine(complaints));
}

function lastLine(complaints: string): string {
  const lines = complaints.split('\n').filter((line) => !NOISE.test(line));
  return lines.at(-1)?.trim().slice(0, 200) || 'ipmitool gave no reason.';
}

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { failure } from './failures.ts';
import { parseIpmiSettings } from './settings.ts';

const settings = parseIpmiSettings({ address: 'bmc1', username: 'admin', password: 'hunter2' });

/** As ipmitool 1.8.19 prints them with -v; the first line stands before most of them. */
const COMPLAINTS: [code: string, complaint: string][] = [
  ['bmc_wrong_password', '> RAKP 2 HMAC is invalid\nError: Unable to establish IPMI v2 / RMCP+ session'],
  [
    'bmc_wrong_password',
    'RAKP 2 message indicates an error : unauthorized name\nError: Unable to establish IPMI v2',
  ],
  [
    'bmc_refused',
    'RAKP 2 message indicates an error : unauthorized role requested\nError: Unable to establish',
  ],
  ['bmc_refused', 'Set Chassis Power Control to Up/On failed: Insufficient privilege level'],
  [
    'bmc_refused',
    'Error in open session response message : no matching cipher suite\n\nError: Unable to establish',
  ],
  ['bmc_refused', 'Info: SOL payload disabled'],
  ['bmc_refused', '\n    DCMI request failed because: Invalid command (c1)'],
  ['bmc_wrong_state', 'Set Chassis Power Control to Reset failed: Command not supported in present state'],
  [
    'bmc_failed',
    'Error in open session response message : insufficient resources for session\nError: Unable to establish',
  ],
  ['bmc_unreachable', 'Get Auth Capabilities error\nError: Unable to establish IPMI v2 / RMCP+ session'],
  ['bmc_unreachable', 'Address lookup for bmc1 failed\nCould not open socket!'],
  ['bmc_unreachable', '> Error: no response from RAKP 1 message'],
  ['bmc_failed', 'Get Chassis Power Status failed: Unspecified error'],
  ['bmc_failed', ''],
];

for (const [code, complaint] of COMPLAINTS) {
  it(`"${complaint.split('\n')[0]}" is ${code}`, () => {
    const error = failure(settings, 'power the server on', `Loading IANA PEN Registry...\n${complaint}\n`);
    assert.equal(error.code, code);
    assert.match(error.message, /bmc1/);
    assert.ok(error.hint);
    assert.doesNotMatch(JSON.stringify(error.toBody()), /hunter2/);
  });
}

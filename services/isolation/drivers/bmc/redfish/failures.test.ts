import assert from 'node:assert/strict';
import { it } from 'node:test';
import { failure } from './failures.ts';
import { parseRedfishSettings } from './settings.ts';

const settings = parseRedfishSettings({ address: 'bmc1', username: 'admin', password: 'hunter2' });

const told = (MessageId: string, Message = '') => ({
  error: { code: 'x', message: 'See the details.', '@Message.ExtendedInfo': [{ MessageId, Message }] },
});

const ANSWERS: [code: string, status: number, body: unknown, says?: RegExp][] = [
  ['bmc_wrong_password', 401, undefined],
  ['bmc_wrong_password', 401, '<html>'],
  ['bmc_refused', 403, told('Base.1.8.InsufficientPrivilege', 'Not with this role.'), /Not with this role/],
  ['bmc_refused', 403, told('Base.1.8.PasswordChangeRequired', 'Change it at /a.'), /Change it at/],
  ['bmc_refused', 400, told('Base.1.8.PropertyValueNotInList', 'Pxe cannot be.'), /Pxe cannot be/],
  ['bmc_refused', 501, undefined],
  ['bmc_wrong_state', 409, told('Base.1.18.ResourceInStandby')],
  ['bmc_wrong_state', 400, told('iLO.2.15.InvalidOperationForSystemState')],
  ['bmc_failed', 404, told('Base.1.8.ResourceMissingAtURI', 'There is none.'), /There is none/],
  ['bmc_failed', 412, undefined],
  ['bmc_failed', 500, { error: { code: 'Base.1.8.GeneralError', message: 'It broke.' } }, /It broke\..*500/],
  ['bmc_failed', 503, 'busy', /no reason \(HTTP 503\)/],
  ['bmc_failed', 500, { error: { '@Message.ExtendedInfo': [null, 7, {}] } }],
  ['bmc_failed', 500, told('x', 'You sent hunter2, which is odd.'), /sent \*\*\*, which/],
];

for (const [code, status, body, says = /bmc1/] of ANSWERS) {
  it(`HTTP ${status} with ${JSON.stringify(body)?.slice(0, 60)} is ${code}`, () => {
    const error = failure(settings, 'power the server on', { status, body });
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.ok(error.hint);
    assert.doesNotMatch(JSON.stringify(error.toBody()), /hunter2/);
  });
}

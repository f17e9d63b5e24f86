import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BullionError, messageOf, notFound } from './errors.ts';

describe('BullionError', () => {
  it('has a status by its kind and a body without its cause', () => {
    const error = new BullionError('timeout', 'bmc_silent', 'The BMC of n1 does not answer.', {
      hint: 'Look at its cable.',
      details: { node: 'n1' },
      cause: new Error('ECONNREFUSED 10.0.0.1'),
    });
    assert.equal(error.status, 504);
    assert.deepEqual(JSON.parse(JSON.stringify(error.toBody())), {
      error: {
        code: 'bmc_silent',
        message: 'The BMC of n1 does not answer.',
        hint: 'Look at its cable.',
        details: { node: 'n1' },
      },
    });
    assert.equal((error.cause as Error).message, 'ECONNREFUSED 10.0.0.1');
  });

  it('a code is in snake case, whatever the noun', () => {
    assert.equal(notFound('NIC', 'n1/eth0').code, 'nic_not_found');
    assert.equal(notFound('boot image', 'x').code, 'boot_image_not_found');
    assert.equal(notFound('node', 'n1').status, 404);
  });

  it('whatever is thrown has a message', () => {
    for (const thrown of [null, undefined, 'text', 7, {}]) assert.equal(typeof messageOf(thrown), 'string');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LoginRequest, LoginStatus, Stage } from '../pdu/login.ts';
import { formatKeys } from '../pdu/text.ts';
import { chapResponse, formatBinary, parseBinary, sameBytes, sameText } from './chap.ts';
import { Login, type LoginPolicy, type LoginStep } from './login.ts';

const NAMES = {
  InitiatorName: 'iqn.2026-01.org.example:a',
  SessionType: 'Normal',
  TargetName: 'iqn.2026-01.org.example:t',
};
const CHAP = {
  user: 'node',
  secret: 'a-long-secret-1',
  mutual: { user: 'target', secret: 'a-long-secret-2' },
};

const open: LoginPolicy<string> = {
  admit: (_initiator, target) => ({ admitted: true, target, chap: undefined }),
};
const guarded: LoginPolicy<string> = {
  admit: (_initiator, target) => ({ admitted: true, target, chap: CHAP }),
};

const request = (
  stage: number,
  next: number | undefined,
  changes: Partial<LoginRequest> = {},
): LoginRequest => ({
  transit: next !== undefined,
  more: false,
  currentStage: stage,
  nextStage: next ?? 0,
  versionMax: 0,
  versionMin: 0,
  isid: '00023d000001',
  tsih: 0,
  itt: 1,
  cid: 0,
  cmdSn: 1,
  expStatSn: 1,
  ...changes,
});

const step = <T>(login: Login<T>, r: LoginRequest, keys: Record<string, string>): LoginStep<T> =>
  login.step(r, formatKeys(Object.entries(keys)));

const keysOf = (s: LoginStep<unknown>) => Object.fromEntries(s.keys);

/** As far as the challenge; returns it. */
function challenged(login: Login<string>) {
  step(login, request(Stage.Security, Stage.Operational), { ...NAMES, AuthMethod: 'CHAP,None' });
  return keysOf(step(login, request(Stage.Security, Stage.Operational), { CHAP_A: '5' }));
}

function proof(challenge: Record<string, string>, secret: string): string {
  const id = Number(challenge.CHAP_I);
  return formatBinary(chapResponse(challenge.CHAP_A!, id, secret, parseBinary(challenge.CHAP_C!)));
}

test('one request straight to the operational stage logs in, as libiscsi does', () => {
  const login = new Login(open);
  const answer = step(login, request(Stage.Operational, Stage.FullFeature), {
    ...NAMES,
    ImmediateData: 'No',
  });
  assert.equal(answer.status, LoginStatus.Success);
  assert.equal(answer.result?.target, NAMES.TargetName);
  assert.equal(answer.result?.parameters.immediateData, false);
  assert.deepEqual(keysOf(answer), {
    TargetPortalGroupTag: '1',
    ImmediateData: 'No',
    MaxRecvDataSegmentLength: '262144',
  });
});

test('a target that demands CHAP refuses an initiator that skips the security stage', () => {
  const answer = step(new Login(guarded), request(Stage.Operational, Stage.FullFeature), NAMES);
  assert.equal(answer.status, LoginStatus.AuthenticationFailure);
  assert.equal(answer.result, undefined);
});

test('a target that demands CHAP refuses None, and a security stage without AuthMethod', () => {
  for (const keys of [{ ...NAMES, AuthMethod: 'None' }, NAMES]) {
    const answer = step(new Login(guarded), request(Stage.Security, Stage.Operational), keys);
    assert.equal(answer.status, LoginStatus.AuthenticationFailure);
  }
});

test('the right secret leads to the operational stage, and the target proves itself when asked', () => {
  const login = new Login(guarded);
  const challenge = challenged(login);
  const mine = Buffer.alloc(16, 1);
  const answer = step(login, request(Stage.Security, Stage.Operational), {
    CHAP_N: CHAP.user,
    CHAP_R: proof(challenge, CHAP.secret),
    CHAP_I: '7',
    CHAP_C: formatBinary(mine),
  });
  assert.equal(answer.transit, true);
  assert.deepEqual(keysOf(answer), {
    CHAP_N: 'target',
    CHAP_R: formatBinary(chapResponse('5', 7, CHAP.mutual.secret, mine)),
  });
  const last = step(login, request(Stage.Operational, Stage.FullFeature), {});
  assert.notEqual(last.result, undefined);
});

test('a wrong secret, a wrong user and a reflected challenge are refused', () => {
  const attempts: ((challenge: Record<string, string>) => Record<string, string>)[] = [
    (c) => ({ CHAP_N: CHAP.user, CHAP_R: proof(c, 'another-secret-3') }),
    (c) => ({ CHAP_N: 'someone', CHAP_R: proof(c, CHAP.secret) }),
    (c) => ({ CHAP_N: CHAP.user, CHAP_R: proof(c, CHAP.secret), CHAP_I: '1', CHAP_C: c.CHAP_C! }),
    (c) => ({ CHAP_N: CHAP.user, CHAP_R: proof(c, CHAP.secret).slice(0, 20) }),
  ];
  for (const attempt of attempts) {
    const login = new Login(guarded);
    const answer = step(login, request(Stage.Security, Stage.Operational), attempt(challenged(login)));
    assert.equal(answer.status, LoginStatus.AuthenticationFailure);
    assert.deepEqual(answer.keys, []);
    assert.equal(answer.transit, false);
  }
});

test('a second try at the same challenge is refused, also with the right secret', () => {
  const login = new Login(guarded);
  const challenge = challenged(login);
  step(login, request(Stage.Security, Stage.Operational), {
    CHAP_N: CHAP.user,
    CHAP_R: proof(challenge, 'wrong-secret-00'),
  });
  const again = step(login, request(Stage.Security, Stage.Operational), {
    CHAP_N: CHAP.user,
    CHAP_R: proof(challenge, CHAP.secret),
  });
  assert.equal(again.status, LoginStatus.InitiatorError);
});

test('the CHAP exchange cannot be left before its end', () => {
  const login = new Login(guarded);
  challenged(login);
  const answer = step(login, request(Stage.Operational, Stage.FullFeature), {});
  assert.notEqual(answer.status, LoginStatus.Success);
});

const REFUSALS: [string, LoginRequest, Record<string, string>, number][] = [
  [
    'no InitiatorName',
    request(1, 3),
    { TargetName: 'iqn.2026-01.org.example:t' },
    LoginStatus.MissingParameter,
  ],
  [
    'no TargetName',
    request(1, 3),
    { InitiatorName: 'iqn.2026-01.org.example:a' },
    LoginStatus.MissingParameter,
  ],
  [
    'an unknown session type',
    request(1, 3),
    { ...NAMES, SessionType: 'Odd' },
    LoginStatus.SessionTypeNotSupported,
  ],
  [
    'a later version only',
    request(1, 3, { versionMin: 1, versionMax: 1 }),
    NAMES,
    LoginStatus.UnsupportedVersion,
  ],
  ['the stage that does not exist', request(2, 3), NAMES, LoginStatus.InitiatorError],
  ['a way back', request(1, 0), NAMES, LoginStatus.InitiatorError],
];

for (const [what, r, keys, status] of REFUSALS) {
  test(`${what} is refused with 0x${status.toString(16).padStart(4, '0')}`, () => {
    assert.equal(step(new Login(open), r, keys).status, status);
  });
}

test('a login that was refused stays refused', () => {
  const login = new Login(guarded);
  step(login, request(Stage.Operational, Stage.FullFeature), { InitiatorName: NAMES.InitiatorName });
  const answer = step(login, request(Stage.Operational, Stage.FullFeature), NAMES);
  assert.equal(answer.status, LoginStatus.InitiatorError);
  assert.equal(answer.result, undefined);
});

test('keys spread over several requests by the C bit are taken together', () => {
  const login = new Login(open);
  const text = formatKeys(Object.entries(NAMES));
  const first = login.step(request(Stage.Operational, undefined, { more: true }), text.subarray(0, 30));
  assert.deepEqual([first.status, first.transit, first.keys], [LoginStatus.Success, false, []]);
  const second = login.step(request(Stage.Operational, Stage.FullFeature), text.subarray(30));
  assert.notEqual(second.result, undefined);
});

test('a login that never ends is refused after some steps', () => {
  const login = new Login(open);
  step(login, request(Stage.Operational, undefined), NAMES);
  let status = 0;
  for (let i = 0; i < 40 && status === 0; i += 1)
    status = step(login, request(Stage.Operational, undefined), {}).status;
  assert.equal(status, LoginStatus.InitiatorError);
});

test('no request makes a login throw, and none but a proven one gets into a guarded target', () => {
  const stages = fc.constantFrom(0, 1, 2, 3);
  const keys = fc.dictionary(
    fc.constantFrom(
      'InitiatorName',
      'TargetName',
      'AuthMethod',
      'CHAP_A',
      'CHAP_N',
      'CHAP_R',
      'CHAP_I',
      'CHAP_C',
      'SessionType',
    ),
    fc.constantFrom(
      'Normal',
      'CHAP',
      'None',
      '5',
      '7',
      '0x00',
      '0b!!',
      'iqn.2026-01.org.example:t',
      '',
      '999',
    ),
  );
  const requests = fc.array(
    fc.record({ stage: stages, next: fc.option(stages, { nil: undefined }), keys, more: fc.boolean() }),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(requests, (list) => {
      const login = new Login(guarded);
      for (const r of list) {
        const answer = step(login, request(r.stage, r.more ? undefined : r.next, { more: r.more }), r.keys);
        if (answer.result !== undefined) assert.equal(answer.result.sessionType, 'Discovery');
      }
    }),
    { numRuns: 2000 },
  );
  const anyDiscovery = step(new Login(guarded), request(1, 3), {
    InitiatorName: 'iqn.2026-01.org.example:a',
    SessionType: 'Discovery',
  });
  assert.equal(anyDiscovery.result?.target, undefined);
});

test('comparisons tell equal from different, at any lengths', () => {
  assert.equal(sameBytes(Buffer.from('ab'), Buffer.from('ab')), true);
  assert.equal(sameBytes(Buffer.from('ab'), Buffer.from('abc')), false);
  assert.equal(sameText('user', 'user'), true);
  assert.equal(sameText('user', 'users'), false);
});

test('binary values come as hexadecimal or base64', () => {
  assert.deepEqual([...parseBinary('0x0aF')], [0x00, 0xaf]);
  assert.deepEqual([...parseBinary('0bAQID')], [1, 2, 3]);
  for (const bad of ['', '0x', '0xzz', 'ff', `0x${'0'.repeat(4000)}`]) assert.throws(() => parseBinary(bad));
});

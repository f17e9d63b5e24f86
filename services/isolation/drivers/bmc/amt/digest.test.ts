import assert from 'node:assert/strict';
import { it } from 'node:test';
import { authorization, parseChallenge } from './digest.ts';

/** RFC 7616 section 3.9.1. */
const EXAMPLE = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  path: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const OPAQUE = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
const asking = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;

it("the RFC's own examples are answered as it says", () => {
  const answer = (algorithm: string) => authorization(parseChallenge(asking(algorithm))!, EXAMPLE);
  assert.match(answer('MD5'), /response="8ca523f5e9506fed4657c9700eebdbec"/);
  assert.match(
    answer('SHA-256'),
    /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/,
  );
});

it('the oldest form, without a quality of protection, is answered too', () => {
  // RFC 2069's example, with the response as its errata have it.
  const challenge = parseChallenge(
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
  );
  const proof = { ...EXAMPLE, password: 'CircleOfLife' };
  const answer = authorization(challenge!, proof);
  assert.match(answer, /response="1949323746fe6a43ef61f9606e7febea"/);
  assert.doesNotMatch(answer, /nc=|qop=/);
});

it('a challenge is read as AMT writes it', () => {
  const header = 'Digest realm="Digest:727734D63A1F", nonce="B9AX94iA/3uA",stale="false",qop="auth"';
  assert.deepEqual(parseChallenge(header), {
    realm: 'Digest:727734D63A1F',
    nonce: 'B9AX94iA/3uA',
    opaque: undefined,
    algorithm: 'MD5',
    qop: 'auth',
    stale: false,
  });
  assert.equal(parseChallenge(header.replace('false', 'TRUE'))?.stale, true);
});

it('of several challenges the first is taken that can be answered', () => {
  const several = `Basic realm="Digest realm=\\"x\\", nonce=1", ${asking('SHA-512-256')}, ${asking('SHA-256')}, Negotiate`;
  assert.equal(parseChallenge(several)?.algorithm, 'SHA-256');
  for (const none of [undefined, '', 'Basic realm="Digest"', 'Digest realm="x"', 'Digest nonce="x"']) {
    assert.equal(parseChallenge(none), undefined, none);
  }
  assert.equal(parseChallenge('Digest realm="x", nonce="y", qop="auth-int"'), undefined);
});

it('what is quoted cannot end its quotes', () => {
  const challenge = parseChallenge('Digest realm="a\\"b", nonce="n", qop="auth"');
  assert.match(authorization(challenge!, EXAMPLE), /realm="a\\"b"/);
});

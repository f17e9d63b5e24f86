/** Against a small real issuer: discovery and keys over HTTP, tokens signed with its own keys. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { Oidc } from '@bullion/service';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { World } from './testing/world.ts';

type Key = {
  kid: string;
  alg: string;
  privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  jwk: JWK;
};

class Issuer implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    const { url } = this;
    const answers: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: this.name ?? url, jwks_uri: `${url}/keys` },
      '/keys': { keys: this.keys.map(({ jwk }) => jwk) },
    };
    const answer = answers[request.url!];
    response.writeHead(answer && !this.down ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  keys: Key[] = [];
  /** What it calls itself, where that is not its address. */
  name: string | undefined;
  down = false;

  static async open(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    issuer.keys = [await Issuer.key('first')];
    return issuer;
  }

  static async key(kid: string, alg = 'ES256'): Promise<Key> {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async token(claims: JWTPayload = {}, key = this.keys.at(-1)!): Promise<string> {
    return await new SignJWT(this.claims(claims))
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.privateKey);
  }

  claims(claims: JWTPayload = {}): JWTPayload {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const who = { sub: '42', preferred_username: 'ann', groups: ['physics'] };
    return { iss: this.url, aud: 'bullion', exp, ...who, ...claims };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function open(issuer: Issuer): Promise<World> {
  return await World.open({
    oidc: {
      issuer: issuer.url,
      audience: 'bullion',
      groupProjects: { physics: ['a', 'gone'], chemistry: ['b'] },
      groupRoles: { staff: 'operator', inspectors: 'auditor' },
      keysCooldownMs: 0,
    },
  });
}
const seconds = () => Math.floor(Date.now() / 1000);

describe('OpenID Connect', () => {
  it("a person acts for the projects of the person's groups, in the strongest role of them", async () => {
    await using issuer = await Issuer.open();
    await using world = await open(issuer);
    const who = async (claims: JWTPayload) => {
      const { role, projects } = await world.ok(world.caller(await issuer.token(claims))('GET', '/whoami'));
      return [role, ...projects];
    };
    const ann = world.caller(await issuer.token());
    assert.deepEqual(await world.ok(ann('GET', '/whoami')), {
      id: 'oidc/42',
      role: 'member',
      projects: ['a'],
      project: 'a',
      label: 'ann',
    });
    await world.ok(ann('POST', '/nodes/n1/allocate', { project: 'a' }));
    const audit = await world.ok(world.operator('GET', '/audit?limit=1000'));
    assert.deepEqual([audit.at(-1).actor, audit.at(-1).label], ['oidc/42', 'ann']);
    assert.deepEqual(await who({ groups: ['chemistry', 'physics'] }), ['member', 'a', 'b']);
    assert.deepEqual(await who({ groups: ['physics', 'inspectors'] }), ['auditor']);
    assert.deepEqual(await who({ groups: ['inspectors', 'staff'] }), ['operator']);
    for (const groups of [[], 'physics', ['constructor', '__proto__'], [['physics']], undefined]) {
      const nobody = world.caller(await issuer.token({ groups }));
      await world.refused(nobody('GET', '/whoami'), 403, 'no_project');
    }
  });

  it('a token that is forged, expired, or made for others is refused', async () => {
    await using issuer = await Issuer.open();
    await using world = await open(issuer);
    const good = await issuer.token();
    await world.ok(world.caller(good)('GET', '/whoami'));
    const [first] = issuer.keys;
    const stranger = { ...(await Issuer.key('first')) };
    const shared = new TextEncoder().encode(JSON.stringify(first!.jwk));
    const [head, , signature] = good.split('.');
    const staff = Buffer.from(JSON.stringify(issuer.claims({ groups: ['staff'] }))).toString('base64url');
    const bad: Record<string, string> = {
      'signed by another key of the same name': await issuer.token({}, stranger),
      'other claims under a good signature': `${head}.${staff}.${signature}`,
      'alg none': new UnsecuredJWT(issuer.claims()).encode(),
      'no signature': good.replace(/[^.]+$/, ''),
      'the public key as a shared secret': await new SignJWT(issuer.claims())
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .sign(shared),
      expired: await issuer.token({ exp: seconds() - 1 }),
      'without an end': await issuer.token({ exp: undefined }),
      'not yet valid': await issuer.token({ nbf: seconds() + 600 }),
      'for another service': await issuer.token({ aud: 'another' }),
      'of another issuer': await issuer.token({ iss: 'https://issuer.invalid' }),
      'of nobody': await issuer.token({ sub: undefined }),
      'with an unknown key': await issuer.token({}, await Issuer.key('unknown')),
      'no token at all': 'a.b.c',
    };
    for (const [what, token] of Object.entries(bad)) {
      const { status, body } = await world.caller(token)('GET', '/whoami');
      assert.deepEqual(
        [status, body.error?.code],
        [401, 'token_invalid'],
        `${what}: ${JSON.stringify(body)}`,
      );
    }
  });

  it('keys are changed without a restart, and one that was taken back is good no more', async () => {
    await using issuer = await Issuer.open();
    await using world = await open(issuer);
    const before = await issuer.token();
    await world.ok(world.caller(before)('GET', '/whoami'));
    issuer.keys = [await Issuer.key('second', 'RS256')];
    await world.ok(world.caller(await issuer.token())('GET', '/whoami'));
    assert.equal((await world.caller(before)('GET', '/whoami')).status, 401);
  });

  it('an issuer that is away, or that calls itself otherwise, is told, and tokens of ours work meanwhile', async () => {
    await using issuer = await Issuer.open();
    await using world = await open(issuer);
    const ann = world.caller(await issuer.token());
    issuer.down = true;
    await world.refused(ann('GET', '/whoami'), 503, 'oidc_unavailable');
    await world.ok(world.operator('GET', '/whoami'));
    issuer.down = false;
    issuer.name = 'https://another.invalid';
    await world.refused(ann('GET', '/whoami'), 503, 'oidc_unavailable');
    issuer.name = undefined;
    await world.ok(ann('GET', '/whoami'));
  });

  it('what such a person makes lasts no longer than the login', async () => {
    await using issuer = await Issuer.open();
    await using world = await open(issuer);
    const exp = seconds() + 60;
    const ann = world.caller(await issuer.token({ exp }));
    const made = await world.ok(ann('POST', '/tokens', { label: 'x', expiresInSeconds: 9999 }));
    assert.equal(made.expiresAt, new Date(exp * 1000).toISOString());
    assert.deepEqual((await world.ok(world.caller(made.token)('GET', '/whoami'))).projects, ['a']);
  });

  it('an issuer without TLS on another machine is refused', () => {
    const oidc = { issuer: 'http://issuer.invalid', audience: 'bullion' };
    assert.throws(() => new Oidc(oidc), /must be an https URL/);
  });
});

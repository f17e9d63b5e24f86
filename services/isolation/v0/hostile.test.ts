/** Random and hostile input to each of HIL's calls, as everybody: never a defect, never a stack trace. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { endpoints } from './testing/endpoints.ts';
import { HilWorld, MOCK, PASSWORD } from './testing/hil.ts';

/** `RUNS=1000 npm test` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 15);

const WORDS = [
  ...['', '.', '..', '%00', '\u0000', "'; drop table nodes; --", '__proto__', 'constructor', 'x'.repeat(300)],
  ...['🦊', '\ud800', 'n1', 'a', 'b', 'sw', 'gi1/0/1', 'net', 'em1', 'admin', 'free', 'vlan/native', 'root'],
  ...['http://127.0.0.1:9/', MOCK, '0', '-1', '1e999', 'NaN', '9007199254740993', '/', '?', '#', '%'],
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string());
const value = fc.oneof(word, fc.boolean(), fc.jsonValue({ maxDepth: 2 }));

it('no input to any call is answered as a defect', async () => {
  await using hil = await HilWorld.open();
  const { root, alice, obmd, ok } = hil;
  await ok(root('PUT /node/n1', { obmd: { uri: obmd.uri, admin_token: obmd.adminToken } }));
  await ok(root('PUT /node/n1/nic/em1', { macaddr: 'DE:AD:BE:EF:20:14' }));
  await ok(alice('PUT /network/net', { owner: 'a', access: 'a', net_id: '' }));
  const { app } = hil.world.service;
  const logins = ['root', 'alice'].map(
    (user) => `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`,
  );
  for (const { call, body } of endpoints()) {
    const [method, path] = call.split(' ') as ['GET', string];
    const names = Object.keys(typeof body === 'function' ? body(hil) : (body ?? {}));
    const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    const payload = fc.oneof({ weight: 4, arbitrary: fields.map((some) => JSON.stringify(some)) }, word);
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 3, maxLength: 3 }),
        payload,
        fc.constantFrom(...logins),
        async (words, payload, authorization) => {
          const url = `/v0${path.replaceAll(/<[^>]+>/g, () => asUrl(words.shift() ?? ''))}`;
          const answer = await app.inject({
            method,
            url,
            headers: { authorization, 'user-agent': 'x' },
            ...(method === 'GET' ? {} : { payload }),
          });
          const text = answer.body;
          assert.doesNotMatch(text, /\.ts:\d|node_modules|SQLITE|at async|"ServerError"/);
          if (answer.statusCode >= 500)
            assert.match(text, /"type":"(SwitchError|OBMError)"/, `${url} ${text}`);
        },
      ),
      { numRuns: RUNS },
    );
  }
});

/** A lone half of a surrogate pair cannot be written in a URL. */
const asUrl = (text: string) => encodeURIComponent(text.toWellFormed());

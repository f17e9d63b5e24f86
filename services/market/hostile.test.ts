/** Random and hostile input on every route of the OpenAPI document: never a 500, and what is refused changes nothing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { routesOf, type Schema, schemaAt } from '../isolation/testing/openapi.ts';
import { Site } from './testing/site.ts';

/** `RUNS=1000` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 15);
const HOSTILE = [
  ...['', '.', '../../etc/passwd', '%00', '\u0000', "'; drop table journal; --", '__proto__', 'constructor'],
  ...[
    'x'.repeat(300),
    '🦊',
    '\ud800',
    'a',
    'b',
    'n1',
    '[object Object]',
    '1',
    '1000000',
    '-5',
    '1e99',
    'NaN',
  ],
  ...[
    '0',
    '999999999999999',
    '9'.repeat(40),
    '2030-01-01T00:00:00Z',
    '+275760-09-13T00:00:00.000Z',
    'c-0123456789abcdef',
  ],
];
const word = fc.oneof(fc.constantFrom(...HOSTILE), fc.string());
const json = fc.oneof(fc.jsonValue({ maxDepth: 3 }), word);
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1, 2, 100_000, 100_001, Number.MAX_SAFE_INTEGER, 1e308, 0.5),
);

it('no input on any route is answered with a 500, and none that is refused changes anything', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  const document = site.service.app.swagger() as never as Parameters<typeof routesOf>[0];
  const routes = routesOf(document).filter(({ path }) => !path.includes('stream'));
  assert.ok(routes.length > 25);
  const { desk } = site.service.context;
  for (const { method, path, parameters, body } of routes) {
    const values = fc.record(
      Object.fromEntries(parameters.map(({ name, schema }) => [name, textOf(schema)])),
    );
    const request = fc.record({
      values,
      body: body ? content(document, body, name) : fc.constant(undefined),
    });
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom('operator', 'a', 'b'), async ({ values, body }, who) => {
        const at = path
          .replace('/market/v1', '')
          .replaceAll(/\{([^}]+)\}/g, (_, key: string) => url(values[key]));
        const query = parameters
          .filter((one) => one.in === 'query')
          .map(({ name }) => `${name}=${url(values[name])}`);
        const before = desk.market.hash();
        const answer = await site.ask(
          who,
          method as 'GET',
          query.length > 0 ? `${at}?${query.join('&')}` : at,
          body,
        );
        const text = JSON.stringify(answer.body) ?? '';
        assert.ok(answer.status < 500, text);
        assert.doesNotMatch(text, /\.ts:\d|node_modules|SQLITE|at async/);
        if (answer.status >= 400) {
          assert.ok(answer.body.error.code && answer.body.error.message && answer.body.error.hint, text);
          assert.equal(desk.market.hash(), before, `${method} ${at} was refused and changed something`);
        }
      }),
      { numRuns: RUNS },
    );
  }
  // What got through harms no clearing, no start, and no replay.
  await site.ok('operator', 'PUT', '/halt', { halted: false });
  await site.clear();
  const hash = desk.market.hash();
  await site.restart();
  assert.equal(site.service.context.desk.market.hash(), hash);
});

const url = (value: unknown) => encodeURIComponent(String(value).toWellFormed());

function textOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.type === 'number' || schema.type === 'integer')
    return fc.constantFrom('0', '-1', '1', '2', 'x', '1e999');
  return word;
}

function content(document: object, schema: Schema, name: string): fc.Arbitrary<unknown> {
  const target = schemaAt(document, schema);
  return fc.oneof({ weight: 5, arbitrary: formed(document, target, name) }, { weight: 1, arbitrary: json });
}

function formed(document: object, schema: Schema, name: string): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => content(document, one, name)));
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([key, field]) => {
      // Much of what is wrong is only looked at where the class is right.
      if (key === 'class') return [key, fc.constantFrom(name, 'c-0123456789abcdef')];
      if (key === 'classes') return [key, fc.constantFrom([name], [])];
      return [key, content(document, field, name)];
    });
    return fc.record(Object.fromEntries(fields), { requiredKeys: (schema.required ?? []) as never[] });
  }
  if (schema.type === 'array') return fc.array(content(document, schema.items ?? {}, name), { maxLength: 3 });
  if (schema.type === 'object') return fc.dictionary(word, json);
  if (schema.type === 'integer' || schema.type === 'number') return number;
  if (schema.type === 'boolean') return fc.boolean();
  return word;
}

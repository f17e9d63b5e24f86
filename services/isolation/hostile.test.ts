/** Random and hostile input on every route of the OpenAPI document, as each kind of caller: never a 500. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { asUrl, documentOf, type Route, routesOf, type Schema, schemaAt } from './testing/openapi.ts';
import { World } from './testing/world.ts';

/** `RUNS=1000 npm test` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 25);

const HOSTILE = [
  ...[
    '',
    '.',
    '..',
    '../../etc/passwd',
    '%00',
    '\u0000',
    "'; drop table nodes; --",
    '__proto__',
    'constructor',
  ],
  ...[
    'x'.repeat(300),
    '🦊',
    '\ud800',
    'n1',
    'a',
    'b',
    's1',
    'p1',
    'net',
    'eth0',
    'memory',
    '[object Object]',
  ],
  ...['0', '-1', '1e999', 'NaN', 'true', 'null', '9007199254740993'],
];
const word = fc.oneof(fc.constantFrom(...HOSTILE), fc.string());
const json = fc.oneof(fc.jsonValue({ maxDepth: 3 }), word);

it('no input on any route is answered with a 500 or a stack trace', async () => {
  await using world = await World.open();
  await world.allocate('n1', 'a');
  await world.network('net', 'a');
  const document = documentOf(world);
  const routes = routesOf(document);
  assert.ok(routes.length > 25);
  const callers = { operator: world.operator, member: world.b };
  for (const route of routes) {
    await fc.assert(
      fc.asyncProperty(
        requestOf(document, route),
        fc.constantFrom('operator', 'member'),
        async (request, who) => {
          const { status, body } = await callers[who as 'operator'](
            route.method as 'GET',
            request.path,
            request.body,
          );
          const text = JSON.stringify(body) ?? '';
          assert.notEqual(status, 500, text);
          assert.doesNotMatch(text, /\.ts:\d|node_modules|SQLITE|at async/);
          if (status >= 400) assert.ok(body.error.code && body.error.message && body.error.hint, text);
        },
      ),
      { numRuns: RUNS },
    );
  }
  await world.restart(); // What got through did no harm either.
});

function requestOf(document: object, { path, parameters, body }: Route) {
  const values = fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, textOf(schema)])));
  return fc
    .record({ values, body: body ? content(document, body) : fc.constant(undefined) })
    .map(({ values, body }) => {
      const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => asUrl(String(values[name])));
      const query = parameters.filter((parameter) => parameter.in === 'query');
      const search = query.map(({ name }) => `${name}=${asUrl(String(values[name]))}`).join('&');
      return { path: search ? `${filled}?${search}` : filled, body: body as object | undefined };
    });
}

/** Mostly what might get through; `wait` and `follow` would only take time. */
function textOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.type === 'number') return fc.constantFrom('0', '-1', '0.01', 'x', '1e999');
  if (schema.type === 'boolean') return fc.constantFrom('false', 'no', 'maybe', '');
  return word;
}

/** A value of the schema's form with random content, or now and then of another form altogether. */
function content(document: object, schema: Schema): fc.Arbitrary<unknown> {
  const target = schemaAt(document, schema);
  return fc.oneof({ weight: 5, arbitrary: formed(document, target) }, { weight: 1, arbitrary: json });
}

function formed(document: object, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => content(document, one)));
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, field]) => [name, content(document, field)]);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  }
  if (schema.type === 'array') return fc.array(content(document, schema.items ?? {}), { maxLength: 3 });
  if (schema.type === 'object') return fc.dictionary(word, json);
  if (schema.type === 'integer' || schema.type === 'number') return fc.oneof(fc.integer(), fc.double());
  if (schema.type === 'boolean') return fc.boolean();
  return word;
}

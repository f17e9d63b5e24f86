/** One portal that sends initiators on to the servers that have the targets. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { IscsiServer } from './index.ts';
import { missing } from './testing/conformance.ts';
import { NODE, serve, TARGET } from './testing/fixture.ts';
import { TestInitiator } from './testing/initiator.ts';

const TARGET_MOVED_TEMPORARILY = 0x0101;

async function portalFor(t: { after(work: () => Promise<void>): void }, portal: string) {
  const front = new IscsiServer();
  t.after(() => front.close());
  front.redirect(TARGET, portal);
  const { port } = await front.listen({ host: '127.0.0.1', port: 0 });
  return { front, port };
}

test('an initiator is told where its target is, until that is taken back', async (t) => {
  const { front, port } = await portalFor(t, '10.9.8.7:3261');
  const refused: string[] = [];
  front.on('login_refused', ({ reason }) => refused.push(reason));
  const logIn = async () => {
    const initiator = await TestInitiator.connect(port);
    const { status } = await initiator.login({ target: TARGET, initiator: NODE });
    const address = initiator.keys.get('TargetAddress');
    initiator.destroy();
    return { status, address };
  };
  assert.deepEqual(await logIn(), { status: TARGET_MOVED_TEMPORARILY, address: '10.9.8.7:3261,1' });
  assert.deepEqual(refused, []);
  front.redirect(TARGET, undefined);
  assert.equal((await logIn()).status, 0x0203);
  assert.throws(() => front.redirect(TARGET, 'elsewhere'), { code: 'portal_invalid' });
});

test('libiscsi follows to the other server', { skip: missing('iscsi-inq') }, async (t) => {
  const { port: behind, logins } = await serve(t);
  const { port } = await portalFor(t, `127.0.0.1:${behind}`);
  const url = `iscsi://127.0.0.1:${port}/${TARGET}/0`;
  const { stdout } = await promisify(execFile)('iscsi-inq', [url], { timeout: 10_000 });
  assert.match(stdout, /BULLION/);
  assert.equal(logins.length, 1);
});

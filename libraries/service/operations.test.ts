import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from './errors.ts';
import { testFolder } from './testing/folder.ts';
import { openOperations } from './testing/operations.ts';
import { runScript } from './testing/script.ts';

const forever = (signal: AbortSignal) => sleep(60_000, undefined, { signal });

describe('operations', () => {
  it('the steps are recorded, with what they wait for', async () => {
    await using ops = await openOperations();
    const noted = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    ops.operations.define<{ name: string }>('test', async (operation) => {
      await operation.step('first', async (note) => {
        await note(`waiting for ${operation.input.name}`);
        noted.resolve();
        await goOn.promise;
      });
      await operation.step('second', async () => {});
    });
    const id = await ops.create('test', { name: 'the switch' });
    ops.operations.start(id);
    await noted.promise;
    const running = await ops.operations.get(id);
    assert.equal(running.state, 'running');
    assert.equal(running.finishedAt, null);
    assert.deepEqual(
      running.steps.map(({ name, note, finishedAt }) => ({ name, note, finishedAt })),
      [{ name: 'first', note: 'waiting for the switch', finishedAt: undefined }],
    );
    goOn.resolve();
    const ended = await ops.operations.wait(id, 5000);
    assert.equal(ended.state, 'succeeded');
    assert.deepEqual(
      ended.steps.map(({ name }) => name),
      ['first', 'second'],
    );
    for (const step of ended.steps) assert.ok(step.finishedAt! >= step.startedAt);
    assert.ok(ended.finishedAt! >= ended.createdAt);
  });

  it('a failure keeps its cause and what to do about it', async () => {
    await using ops = await openOperations();
    ops.operations.define('test', (operation) =>
      operation.step('power off', async () => {
        throw new BullionError('unavailable', 'bmc_unreachable', 'The BMC of n1 does not answer.', {
          hint: 'Look at it.',
        });
      }),
    );
    const id = await ops.create('test');
    ops.operations.start(id);
    const { state, error, steps } = await ops.operations.wait(id, 5000);
    assert.equal(state, 'failed');
    assert.deepEqual(error, {
      code: 'bmc_unreachable',
      message: 'The BMC of n1 does not answer.',
      hint: 'Look at it.',
    });
    assert.equal(steps[0]!.finishedAt, undefined);
  });

  it('a defect fails the operation and its words stay in the log', async () => {
    await using ops = await openOperations();
    ops.operations.define('test', async () => {
      throw new TypeError('password of /secret/path is hunter2');
    });
    const id = await ops.create('test');
    ops.operations.start(id);
    const { error } = await ops.operations.wait(id, 5000);
    assert.equal(error?.code, 'internal');
    assert.doesNotMatch(JSON.stringify(error), /hunter2|secret/);
  });

  it('an operation that no code runs any more fails and says so', async () => {
    await using ops = await openOperations();
    const id = await ops.create('unknown');
    await ops.operations.resume();
    assert.equal((await ops.operations.wait(id, 5000)).error?.code, 'operation_unknown');
  });

  it('waiting ends with the operation, and not before its time', async () => {
    await using ops = await openOperations();
    const goOn = Promise.withResolvers<void>();
    ops.operations.define('test', () => goOn.promise);
    const id = await ops.create('test');
    ops.operations.start(id);
    assert.equal((await ops.operations.wait(id, 0)).state, 'running');
    assert.equal((await ops.operations.wait(id, 30)).state, 'running');
    const waits = Array.from({ length: 20 }, () => ops.operations.wait(id, 20_000));
    goOn.resolve();
    for (const { state } of await Promise.all(waits)) assert.equal(state, 'succeeded');
    await assert.rejects(ops.operations.wait('absent', 1000), { code: 'operation_not_found' });
  });

  it('no end is missed, however the wait and the end meet', async () => {
    await using ops = await openOperations();
    ops.operations.define<number>('test', async ({ input }) => {
      for (let turn = 0; turn < input; turn++) await Promise.resolve();
    });
    for (let turns = 0; turns < 100; turns++) {
      const id = await ops.create('test', turns);
      ops.operations.start(id);
      assert.equal((await ops.operations.wait(id, 10_000)).state, 'succeeded');
    }
  });

  it('it runs once, however often it is started', async () => {
    await using ops = await openOperations();
    let runs = 0;
    ops.operations.define('test', async () => {
      runs++;
      await sleep(10);
    });
    const id = await ops.create('test');
    ops.operations.start(id);
    ops.operations.start(id);
    await ops.operations.resume();
    await ops.operations.wait(id, 5000);
    ops.operations.start(id);
    await sleep(10);
    assert.equal(runs, 1);
  });

  it('a cancelled operation cleans up and fails with the reason', async () => {
    await using ops = await openOperations();
    const done: string[] = [];
    ops.operations.define('test', async (operation) => {
      try {
        await operation.step('wait', () => forever(operation.signal));
      } finally {
        await sleep(5);
        done.push('cleaned up');
      }
    });
    const reason = new BullionError('conflict', 'boot_cancelled', 'The boot was cancelled.', {
      hint: 'Boot again.',
    });
    const id = await ops.create('test');
    ops.operations.start(id);
    await ops.operations.cancel(id, reason);
    assert.deepEqual(done, ['cleaned up']);
    assert.equal((await ops.operations.get(id)).error?.code, 'boot_cancelled');
    await ops.operations.cancel(id, new BullionError('conflict', 'other', 'Again.'));
    assert.equal((await ops.operations.get(id)).error?.code, 'boot_cancelled');

    const notStarted = await ops.create('test');
    await ops.operations.cancel(notStarted, reason);
    assert.equal((await ops.operations.get(notStarted)).state, 'failed');
  });

  it('closing leaves operations running, ends waits at once, and starts nothing more', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    const ids: string[] = [];
    {
      await using ops = await openOperations(path);
      ops.operations.define('obeys', (operation) => operation.step('wait', () => forever(operation.signal)));
      ops.operations.define('swallows', (operation) => forever(operation.signal).catch(() => {}));
      for (const kind of ['obeys', 'swallows', 'obeys']) ids.push(await ops.create(kind));
      for (const id of ids.slice(0, 2)) ops.operations.start(id);
      const waiting = ops.operations.wait(ids[0]!, 60_000);
      await sleep(20);
      await ops.operations.close();
      ops.operations.start(ids[2]!);
      assert.equal((await waiting).state, 'running');
      for (const id of ids) assert.equal((await ops.operations.get(id)).state, 'running');
    }
    await using ops = await openOperations(path);
    for (const kind of ['obeys', 'swallows']) ops.operations.define(kind, async () => {});
    await ops.operations.resume();
    for (const id of ids) assert.equal((await ops.operations.wait(id, 5000)).state, 'succeeded');
  });

  it('after kill -9 an operation is run again from its first step', async (t) => {
    const path = join(await testFolder(t), 'test.db');
    const script = runScript(
      `import { openOperations } from './testing/operations.ts';
       const { operations, create } = await openOperations(${JSON.stringify(path)});
       operations.define('test', async (operation) => {
         await operation.step('first', async () => {});
         await operation.step('second', async () => { console.log(operation.id); await new Promise((done) => setTimeout(done, 60000)); });
       });
       operations.start(await create('test', { node: 'n1' }));`,
      import.meta.dirname,
    );
    const id = await script.line();
    await script.kill();
    await using ops = await openOperations(path);
    const before = await ops.operations.get(id);
    assert.equal(before.state, 'running');
    assert.equal(before.steps.length, 2);
    const ran: unknown[] = [];
    ops.operations.define('test', async (operation) => {
      await operation.step('first', async () => void ran.push('first', operation.input));
      await operation.step('second', async () => void ran.push('second'));
    });
    await ops.operations.resume();
    const after = await ops.operations.wait(id, 5000);
    assert.equal(after.state, 'succeeded');
    assert.equal(after.createdAt, before.createdAt);
    assert.deepEqual(ran, ['first', { node: 'n1' }, 'second']);
  });
});

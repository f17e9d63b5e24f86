import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Admission, type Entrant, type Leave, type Priority } from './admission.ts';

const never = new AbortController().signal;
const entrant = (boot: string, project = 'a', priority: Priority = 'normal'): Entrant => ({
  boot,
  project,
  priority,
});

/** Lets entrants in and notes in which order. */
function door(bound: number) {
  const admission = new Admission(() => bound);
  const order: string[] = [];
  const leaves: Leave[] = [];
  const ask = async (one: Entrant) => {
    const leave = await admission.turn(one, never);
    order.push(one.boot);
    leaves.push(leave);
  };
  /** Lets out who came in first, until nobody waits. */
  const drain = async () => {
    for (let turn = 0; turn < 100; turn++) {
      await new Promise(setImmediate);
      if (admission.figures.waiting === 0) return;
      leaves.shift()!();
    }
  };
  return { admission, order, ask, drain };
}

describe('admission', () => {
  test('never lets more in than its bound, and everybody in the end', async () => {
    const admission = new Admission(() => 3);
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, async (_, number) => {
        const leave = await admission.turn(entrant(`b${number}`), never);
        most = Math.max(most, admission.figures.comingUp);
        await new Promise(setImmediate);
        leave();
        leave();
      }),
    );
    assert.equal(most, 3);
    assert.deepEqual(admission.figures, { bound: 3, comingUp: 0, waiting: 0 });
  });

  test('takes the higher priority first, and the older of equals', async () => {
    const { admission, order, ask, drain } = door(1);
    const all = [
      ask(entrant('b1')),
      ask(entrant('b2', 'a', 'low')),
      ask(entrant('b4')),
      ask(entrant('b3')),
      ask(entrant('b5', 'a', 'high')),
    ];
    assert.equal(admission.figures.waiting, 4);
    await drain();
    await Promise.all(all);
    assert.deepEqual(order, ['b1', 'b5', 'b3', 'b4', 'b2']);
  });

  test('a project with one boot does not wait for all of another with many', async () => {
    const { order, ask, drain } = door(2);
    const many = Array.from({ length: 10 }, (_, number) => ask(entrant(`a${number}`, 'a')));
    const one = ask(entrant('z', 'b'));
    await drain();
    await Promise.all([...many, one]);
    assert.equal(order.indexOf('z'), 2);
  });

  test('who gives up leaves the queue, and takes nobody’s place', async () => {
    const admission = new Admission(() => 1);
    const leave = admission.enterAtOnce(entrant('b1'))!;
    assert.equal(admission.enterAtOnce(entrant('b2')), undefined);
    const stop = new AbortController();
    const waiting = admission.turn(entrant('b2'), stop.signal);
    stop.abort(new Error('ended'));
    await assert.rejects(waiting, /ended/);
    leave();
    assert.deepEqual(admission.figures, { bound: 1, comingUp: 0, waiting: 0 });
    assert.ok(admission.enterAtOnce(entrant('b3')));
  });

  test('after a restart has those inside that were, and the queue as it was, whoever asks first', async () => {
    const { admission, order, ask, drain } = door(2);
    const [inside, low, high] = [entrant('b1'), entrant('b2', 'a', 'low'), entrant('b4', 'a', 'high')];
    admission.restore([inside], [low, entrant('b3'), high]);
    assert.deepEqual(admission.figures, { bound: 2, comingUp: 2, waiting: 2 });
    // The last in the queue is the first that is resumed; a new one comes as well.
    assert.equal(admission.enterAtOnce(low), undefined);
    const all = [ask(low), ask(entrant('b5')), ask(entrant('b3'))];
    await new Promise(setImmediate);
    assert.deepEqual(order, []);
    assert.equal(admission.enterAtOnce(high), undefined, 'it had to wait, and its timeline says so');
    all.push(ask(high));
    const leave = admission.enterAtOnce(inside)!;
    assert.deepEqual(admission.figures, { bound: 2, comingUp: 2, waiting: 3 });
    leave();
    await drain();
    await Promise.all(all);
    assert.deepEqual(order, ['b4', 'b3', 'b5', 'b2']);
  });

  test('after a restart those that were coming up stay so though fewer may now', () => {
    const admission = new Admission(() => 1);
    admission.restore([entrant('b1'), entrant('b2')], []);
    assert.ok(admission.enterAtOnce(entrant('b2')));
    assert.equal(admission.enterAtOnce(entrant('b3')), undefined);
    assert.equal(admission.figures.comingUp, 2);
  });

  test('a boot that is over before it asks again keeps neither its place nor its turn', async () => {
    const admission = new Admission(() => 1);
    admission.restore([entrant('b1')], [entrant('b2'), entrant('b3')]);
    admission.forget('b2');
    admission.forget('b1');
    assert.deepEqual(admission.figures, { bound: 1, comingUp: 1, waiting: 0 });
    (await admission.turn(entrant('b3'), never))();
    assert.deepEqual(admission.figures, { bound: 1, comingUp: 0, waiting: 0 });
  });
});

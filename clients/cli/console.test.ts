/** `bullion console` against a real service over real HTTP, with a person's keyboard that is played. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test, { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { main } from './main.ts';
import { DataCentre } from './testing/data-centre.ts';

/** A person at a terminal. */
class Person {
  readonly keyboard = Object.assign(new EventEmitter(), {
    isTTY: true,
    raw: false,
    setRawMode: (raw: boolean) => void (this.keyboard.raw = raw),
    setEncoding: () => {},
    pause: () => {},
  });
  screen = '';
  notes = '';
  readonly left: Promise<number>;

  constructor(dc: DataCentre, token: string, args: readonly string[]) {
    this.left = main(['console', 'node1', ...args], {
      stdout: { write: (text) => void (this.screen += text) },
      stderr: { write: (text) => void (this.notes += text) },
      env: { BULLION_URL: dc.url, BULLION_TOKEN: token },
      isTTY: true,
      stdin: this.keyboard as never,
    });
  }

  type(keys: string): void {
    this.keyboard.emit('data', keys);
  }

  /** Until it stands on the screen, or beside it. */
  async sees(what: RegExp): Promise<void> {
    for (let tries = 0; !what.test(this.screen + this.notes); tries++) {
      assert.ok(tries < 500, `${what} is not in ${JSON.stringify([this.screen, this.notes])}`);
      await sleep(10);
    }
  }
}

describe('bullion console', { timeout: 60_000 }, () => {
  let dc: DataCentre;
  let ann: string;
  let bob: string;
  before(async () => {
    dc = await DataCentre.open();
    await dc.furnish();
    ann = await dc.admit('lab');
    bob = (await dc.value<{ token: string }>(['project', 'token', 'lab', '--label', 'bob'])).token;
    await dc.value(['node', 'allocate', 'node1', '--project', 'lab'], ann);
    await dc.bmcs[0].print('');
  });
  after(() => dc.close());

  test('a person sees the log, types, is told who else is here, and leaves', async () => {
    const first = new Person(dc, ann, []);
    await first.sees(/You write\./);
    await print('login: ');
    await first.sees(/login: /);
    first.type('root\r');
    await until(() => dc.bmcs[0].typed === 'root\r');
    assert.ok(first.keyboard.raw);

    const second = new Person(dc, bob, []);
    await second.sees(/writes here now, and you watch\. ~t takes it over\./);
    await second.sees(/login: /);
    await first.sees(/Also here: bob\./);
    second.type('x');
    await second.sees(/You only watch: ~w asks to write\./);
    second.type('\r~?');
    await second.sees(/~t {3}take the writing over/);
    second.type('\r~t');
    await second.sees(/You write\./);
    await first.sees(/bob has taken the writing over; you watch now/);
    second.type('ls\r');
    await until(() => dc.bmcs[0].typed === 'root\rls\r');
    second.type('~.');
    assert.equal(await second.left, 0);
    assert.match(second.notes, /Left the console of node1\.\n$/);
    await first.sees(/Nobody else is here\./);
    dc.bmcs[0].down = true;
    await first.sees(/The BMC is lost/);
    dc.bmcs[0].down = false;
    await first.sees(/connected again/);
    first.type('\u001d');
    assert.equal(await first.left, 0);
    assert.equal(first.keyboard.raw, false);
  });

  test('who watches sends nothing, and a node that is not there is said so', async () => {
    const person = new Person(dc, ann, ['--watch', '--tail', '0']);
    await print('hello');
    await person.sees(/hello/);
    person.type('x\r~.');
    assert.equal(await person.left, 0);
    assert.doesNotMatch(dc.bmcs[0].typed, /x/);
    const stranger = new Person(dc, await dc.admit('other'), []);
    assert.equal(await stranger.left, 3);
    assert.match(stranger.notes, /There is no node "node1"/);
    const operator = new Person(dc, dc.token, []);
    assert.equal(await operator.left, 5);
    assert.match(operator.notes, /is for the project "lab" alone/);
  });

  test('the log is printed without what drives a terminal; --raw has all of it', async () => {
    await print('\r\n\u001b[31mpanic\u001b[0m: no init\r\nrebooting\r\n');
    const plain = (await dc.bullion(['console', 'node1', '--log'], ann)).stdout;
    assert.match(plain, /panic: no init\nrebooting\n$/);
    const raw = (await dc.bullion(['console', 'node1', '--log', '--raw', '--tail', '200'], ann)).stdout;
    assert.ok(raw.includes('\u001b[31mpanic'));
    assert.equal((await dc.bullion(['console', 'node1', '--log', '--since', '2030-01-01'], ann)).stdout, '');
    assert.equal((await dc.bullion(['console', 'node1', '--log', '--since', 'soon'], ann)).code, 2);
    const found = await dc.bullion(['console', 'search', 'node1', 'PANIC: no', '-i'], ann);
    assert.match(
      found.stdout,
      /^\d{4}-\S+Z : panic: no init\n {24} {2}- rebooting|\n\d{4}-\S+Z : panic: no init\n/,
    );
    const none = await dc.bullion(['console', 'search', 'node1', 'nothing of it'], ann);
    assert.deepEqual([none.code, none.stdout], [0, '"nothing of it" is not in the log.\n']);
  });

  test('a former log is listed, shown and searched by the project, and its end ends who is joined', async () => {
    const person = new Person(dc, ann, []);
    await person.sees(/You write/);
    await dc.value(['release', 'node1'], ann);
    assert.equal(await person.left, 0);
    assert.match(person.notes, /The project holds the node no longer\. Left the console/);
    const [log] = await dc.value<{ allocation: string; endedAt: string }[]>(['console', 'list'], ann);
    assert.ok(log?.endedAt);
    const shown = await dc.bullion(['console', 'show', log.allocation], ann);
    assert.match(shown.stdout, /panic: no init/);
    const found = await dc.bullion(
      ['console', 'search', 'node1', 'panic', '--allocation', log.allocation],
      ann,
    );
    assert.match(found.stdout, /panic/);
    assert.equal((await dc.bullion(['console', 'show', log.allocation])).code, 5);
    const { token } = await dc.value<{ token: string }>(['project', 'token', 'other']);
    assert.equal((await dc.bullion(['console', 'show', log.allocation], token)).code, 3);
    assert.deepEqual(await dc.value(['console', 'list'], token), []);
  });

  async function print(text: string): Promise<void> {
    const before = (await dc.bullion(['console', 'node1', '--log', '--raw'], ann)).stdout.length;
    await until(async () => {
      dc.bmcs[0].print(text);
      await sleep(20);
      return (await dc.bullion(['console', 'node1', '--log', '--raw'], ann)).stdout.length > before;
    });
  }
});

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries++) {
    assert.ok(tries < 300, `not yet: ${look}`);
    await sleep(10);
  }
}

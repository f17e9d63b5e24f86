/** How `bullion boot` follows a boot, against a service that plays one: real boots are for the stories on the rack. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { afterEach, beforeEach, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Boot } from './boot-view.ts';
import { run } from './testing/run.ts';

const BEGIN = Date.UTC(2030, 0, 1);
const at = (ms: number) => new Date(BEGIN + ms).toISOString();

const begun: Boot = {
  id: '0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70',
  node: 'node1',
  project: 'hospital',
  image: 'golden',
  volume: 'node1-disk',
  mode: 'diskless',
  group: null,
  priority: 'normal',
  state: 'booting',
  operation: '0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d71',
  address: '192.0.2.10',
  hostname: 'node1',
  sshHostKeys: [],
  timeline: [{ stage: 'requested', at: at(0) }],
  phases: [],
  error: null,
  createdAt: at(0),
};
const on: Boot = {
  ...begun,
  timeline: [...begun.timeline, { stage: 'power-on', at: at(400) }],
  phases: [{ phase: 'control', milliseconds: 400 }],
};
const running: Boot = {
  ...on,
  state: 'running',
  timeline: [...on.timeline, { stage: 'running', at: at(19_000) }],
  phases: [...on.phases, { phase: 'userland', milliseconds: 18_600 }],
};
const failed: Boot = {
  ...on,
  state: 'failed',
  error: {
    code: 'boot_failed',
    message: 'Node "node1" did not boot: its power went off.',
    hint: 'Read what it printed.',
  },
};

describe('bullion boot', () => {
  let server: Server;
  let env: NodeJS.ProcessEnv;
  /** What the service answers, one after the other; the last stays. */
  let story: (Boot | 'away')[];
  let consoleText = '';
  beforeEach(async () => {
    story = [];
    server = createServer((request, response) => {
      const url = request.url!;
      if (url.includes('/console')) return void response.end(consoleText);
      const now = story.length > 1 ? story.shift()! : story[0]!;
      if (now === 'away') return void request.socket.destroy();
      response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(now));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      BULLION_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      BULLION_TOKEN: 'x',
      BULLION_HOME: '/nowhere',
    };
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const boot = (...more: string[]) => run(['boot', 'node1', '--image', 'golden', ...more], env);

  test('shows each stage once, and in the end how to get in', async () => {
    story = [begun, on, on, running];
    const { code, stdout, stderr } = await boot();
    assert.equal(code, 0);
    assert.equal(
      stderr,
      [
        'Node node1 boots from golden  (volume node1-disk, address 192.0.2.10)',
        '     0.0 s  requested   the boot is written down',
        '     0.4 s  power-on    the node is being switched on',
        '    19.0 s  running     the operating system has reported back',
        '',
      ].join('\n'),
    );
    assert.match(
      stdout,
      /^Node node1 runs, 19\.0 s after it was asked for\.\n.*ssh root@192\.0\.2\.10\n {2}volume {3}node1-disk\n$/s,
    );
  });

  test('on a terminal it draws phases in one place', async () => {
    story = [begun, on, on, running];
    let drawn = '';
    const { main } = await import('./main.ts');
    const out = { write: (text: string) => void (drawn += text), columns: 60 };
    assert.equal(
      await main(['boot', 'node1', '--image', 'golden'], { stdout: out, stderr: out, env, isTTY: true }),
      0,
    );
    const frames = drawn.split('\u001b[7A\u001b[J');
    assert.ok(frames.length > 5);
    assert.match(frames.at(-1)!, /✓ control {5}0\.4 s .*✓ userland {3}18\.6 s/s);
    for (const line of frames.slice(0, -1).join('').split('\n')) assert.ok([...line].length < 60, line);
  });

  test('a boot that fails ends with its cause and what the node printed, without what drives a terminal', async () => {
    story = [begun, on, failed];
    consoleText = `${Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\r\n')}\r\n\u001b[31mkernel panic\u001b[0m\r\n`;
    const { code, stdout, stderr } = await boot();
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /last 30 lines ---\nline 21\n.*line 49\nkernel panic\n---\n/s);
    assert.match(
      stderr,
      /bullion: Node "node1" did not boot: its power went off\.\n {2}hint: Read what it printed\.\n$/,
    );
    // Not before it is undone: whoever starts it again at once is not to hear that it is ending.
    story = [begun, { ...failed, state: 'ending' }, { ...failed, state: 'ending' }, failed];
    const program = await boot('--json');
    const { error } = JSON.parse(program.stdout);
    assert.deepEqual([program.code, program.stderr, error.code], [1, '', 'boot_failed']);
    assert.equal(error.details.console.at(-1), 'kernel panic');
    assert.equal(error.details.boot.state, 'failed');
  });

  test('a service that is restarted meanwhile is waited for', async () => {
    story = [begun, on, 'away', 'away', running];
    const { code, stderr } = await boot();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /No service answers at .* now; waiting up to 60 s for it/);
  });

  test('Ctrl-C leaves the boot going and says how to look at it', async () => {
    story = [begun];
    const stop = new AbortController();
    const pending = run(['boot', 'node1', '--image', 'golden'], env, { signal: stop.signal });
    await sleep(300);
    stop.abort();
    const { code, stdout, stderr } = await pending;
    assert.deepEqual([code, stdout], [130, '']);
    assert.match(
      stderr,
      /The boot goes on without you\. Look at it: bullion boot show node1; end it: bullion boot end node1\n$/,
    );
  });

  test('--no-wait returns at once', async () => {
    story = [begun];
    const { code, stdout } = await boot('--no-wait', '--json');
    assert.deepEqual([code, JSON.parse(stdout).state], [0, 'booting']);
  });

  test('a boot that somebody else ends is no success', async () => {
    story = [begun, { ...on, state: 'ending' }];
    const { code, stderr } = await boot();
    assert.equal(code, 1);
    assert.match(stderr, /was ended before it was through\.\n {2}hint: See who ended it: bullion events/);
  });
});

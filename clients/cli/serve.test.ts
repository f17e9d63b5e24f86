import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, stat } from 'node:fs/promises';
import { createServer, connect as dial } from 'node:net';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { postgresMissing, startPostgres } from '@bullion/service/testing/postgres.ts';
import { missingFor } from './debian-packages.ts';
import { parseListen } from './serve/listen.ts';
import { run } from './testing/run.ts';
import { ANY_PORT, newHome, serve } from './testing/served.ts';

const missing = missingFor(['isolation']);
const skip = missing.length > 0 && `needs ${missing.map((each) => each.package).join(', ')}`;

describe('bullion serve', { skip }, () => {
  test('is ready when it says so, and ends in good order at SIGTERM', async () => {
    const { home, remove } = await newHome();
    const service = await serve(home, ...ANY_PORT);
    try {
      const { ready } = service;
      assert.deepEqual(ready?.services, ['isolation', 'market']);
      const env = { BULLION_URL: ready!.url, BULLION_HOME: home };
      assert.equal((await run(['project', 'create', 'hospital'], env)).code, 0);
      assert.equal((await run(['project', 'list'], env)).stdout, 'PROJECT\nhospital\n');
      assert.equal((await stat(join(home, 'operator-token'))).mode & 0o777, 0o600);
      assert.equal((await stat(join(home, 'service-token'))).mode & 0o777, 0o600);
      assert.equal((await stat(join(home, 'service'))).mode & 0o777, 0o700);
      const begin = Date.now();
      assert.equal(await service.end(), 0);
      assert.ok(Date.now() - begin < 5000);
      await assert.rejects(stat(join(home, 'service/pid')));
      assert.equal((await run(['project', 'list'], env)).code, 6);
    } finally {
      await service.end('SIGKILL');
      await remove();
    }
  });

  test('after a kill -9 all is there again, and so are the tokens', async () => {
    const { home, remove } = await newHome();
    const first = await serve(home, ...ANY_PORT);
    const token = await readFile(join(home, 'operator-token'), 'utf8');
    const env = (url: string) => ({ BULLION_URL: url, BULLION_HOME: home });
    await run(['project', 'create', 'hospital'], env(first.ready!.url));
    assert.equal(await first.end('SIGKILL'), 'SIGKILL');
    const second = await serve(home, ...ANY_PORT);
    try {
      assert.equal((await run(['project', 'list'], env(second.ready!.url))).stdout, 'PROJECT\nhospital\n');
      assert.equal(await readFile(join(home, 'operator-token'), 'utf8'), token);
    } finally {
      await second.end();
      await remove();
    }
  });

  test('keeps all in a PostgreSQL database that is named', { skip: postgresMissing() }, async () => {
    const { home, remove } = await newHome();
    await using server = await startPostgres();
    const url = await server.database('bullion');
    const service = await serve(home, ...ANY_PORT, '--database', url);
    try {
      const env = { BULLION_URL: service.ready!.url, BULLION_HOME: home };
      assert.equal((await run(['project', 'create', 'hospital'], env)).code, 0);
      assert.equal((await run(['project', 'list'], env)).stdout, 'PROJECT\nhospital\n');
      await run(['market', 'credit', '7', '--party', 'hospital'], env);
      assert.equal(await service.end(), 0);
      const again = await serve(home, ...ANY_PORT, '--database', url);
      try {
        const { stdout } = await run(['market', 'account', 'hospital'], {
          ...env,
          BULLION_URL: again.ready!.url,
        });
        assert.match(stdout, /free +7\n/);
        await assert.rejects(stat(join(home, 'service/isolation/isolation.db')));
        await assert.rejects(stat(join(home, 'service/market/market.db')));
      } finally {
        await again.end();
      }
    } finally {
      await service.end();
      await remove();
    }
  });

  test('the slots of a market that is there stay as they are', async () => {
    const { home, remove } = await newHome();
    try {
      assert.equal(await (await serve(home, ...ANY_PORT, '--market-slot', '5m')).end(), 0);
      assert.equal(await (await serve(home, ...ANY_PORT)).end(), 0);
      const service = await serve(home, ...ANY_PORT, '--market-slot', '10m');
      assert.equal((service.ready as unknown as { error: { code: string } }).error.code, 'market_slot_fixed');
      assert.equal(await service.end(), 4);
      const help = await run(['serve', '--help']);
      assert.match(help.stdout, /market clears\s+\(default: 1m\)/);
    } finally {
      await remove();
    }
  });

  test('a market that is in a file is not begun anew in PostgreSQL', {
    skip: postgresMissing(),
  }, async () => {
    const { home, remove } = await newHome();
    await using server = await startPostgres();
    try {
      assert.equal(await (await serve(home, ...ANY_PORT)).end(), 0);
      const service = await serve(home, ...ANY_PORT, '--database', await server.database('bullion'));
      assert.equal((service.ready as unknown as { error: { code: string } }).error.code, 'market_in_file');
      assert.equal(await service.end(), 4);
    } finally {
      await remove();
    }
  });

  test('a password on the command line, and what is no database, are refused', async () => {
    for (const url of ['postgres://ann:secret@db/x', 'mysql://db/x', 'postgres://[']) {
      const { code, stderr } = await run(['serve', 'isolation', '--database', url]);
      assert.equal(code, 2, stderr);
      assert.doesNotMatch(stderr, /secret/);
    }
  });

  test('a token whose database is gone is made anew', async () => {
    const { home, remove } = await newHome();
    assert.equal(await (await serve(home, ...ANY_PORT)).end(), 0);
    const token = await readFile(join(home, 'operator-token'), 'utf8');
    await rm(join(home, 'service'), { recursive: true });
    const service = await serve(home, ...ANY_PORT);
    try {
      assert.notEqual(await readFile(join(home, 'operator-token'), 'utf8'), token);
      const env = { BULLION_URL: service.ready!.url, BULLION_HOME: home };
      assert.equal((await run(['node', 'list'], env)).code, 0);
    } finally {
      await service.end();
      await remove();
    }
  });

  test('two on one home would work against each other: the second is refused', async () => {
    const { home, remove } = await newHome();
    const first = await serve(home, ...ANY_PORT);
    const second = await serve(home, ...ANY_PORT);
    try {
      assert.equal((second.ready as unknown as { error: { code: string } }).error.code, 'already_served');
      assert.equal(await second.end(), 4);
      assert.match(await readFile(join(home, 'service/pid'), 'utf8'), new RegExp(`^${first.child.pid}\n$`));
    } finally {
      await first.end();
      await second.end('SIGKILL');
      await remove();
    }
  });

  test('a connection that somebody holds open does not hold up the end', async () => {
    const { home, remove } = await newHome();
    const service = await serve(home, ...ANY_PORT);
    const { port } = new URL(service.ready!.url);
    const held = dial(Number(port), '127.0.0.1').on('error', () => {});
    await once(held, 'connect');
    try {
      assert.equal(await service.end('SIGINT'), 0);
    } finally {
      held.destroy();
      await service.end('SIGKILL');
      await remove();
    }
  });

  test('what it cannot do is told with what to do', async () => {
    const { home, remove } = await newHome();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const cases: [args: string[], code: number, says: RegExp][] = [
      [
        ['--listen', `127.0.0.1:${port}`],
        4,
        new RegExp(`Port ${port} of 127.0.0.1 is taken .*\n  hint: .*--listen 127.0.0.1:${port + 1}`, 's'),
      ],
      [['--listen', '192.0.2.1:0'], 2, /This machine has no address "192\.0\.2\.1"/],
      [['--listen', 'nix'], 2, /"nix" is not an address and a port/],
      [['nix'], 2, /Allowed choices are isolation, provisioning, market/],
      [['provisioning'], 2, /needs a network that nodes boot over/],
      [['--boot-interface', 'eth9'], 2, /Give both --boot-interface and --boot-address/],
      [
        ['--boot-interface', 'eth9', '--boot-address', '10.0.0.1'],
        2,
        /"10\.0\.0\.1" is not an address with its prefix/,
      ],
      [
        ['--boot-interface', 'nix0', '--boot-address', '10.0.0.1/24'],
        2,
        /no interface "nix0".*\n {2}hint: There is: .*lo/,
      ],
      [
        ['--boot-interface', 'lo', '--boot-address', '10.0.0.1/24'],
        2,
        /"lo" has not the address 10\.0\.0\.1, but 127\.0\.0\.1/,
      ],
      [
        ['--storage', 's3:bucket'],
        2,
        /"s3:bucket" is no storage.*\n {2}hint: Write folder:PATH, or ceph:POOL/,
      ],
      [['--rack', 'nix'], 3, /There is no rack "nix"/],
    ];
    try {
      for (const [args, code, says] of cases) {
        const { code: is, stderr } = await run(['serve', '--home', home, ...ANY_PORT, ...args]);
        assert.equal(is, code, `${args.join(' ')}: ${stderr}`);
        assert.match(stderr, says);
      }
    } finally {
      other.close();
      await remove();
    }
  });
});

test('an address to listen at may be a name, an IPv4 or an IPv6 address', () => {
  assert.deepEqual(parseListen('localhost:80'), { host: 'localhost', port: 80 });
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 });
  for (const wrong of ['', ':80', 'a:b', '127.0.0.1:70000', '::1:80', '[x]:1', '127.0.0.1:80 ']) {
    assert.throws(() => parseListen(wrong), { code: 'listen_invalid' }, wrong);
  }
});

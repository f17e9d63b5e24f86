import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bullion/service';
import { newHostKey } from './host-key.ts';
import { identityValues, metaData, vendorData } from './seed.ts';

test('a host key is what ssh-keygen reads, and no two are the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-key-'));
  try {
    const keys = Array.from({ length: 5 }, newHostKey);
    for (const [i, key] of keys.entries()) {
      const path = join(folder, `key-${i}`);
      writeFileSync(path, key.private);
      chmodSync(path, 0o600);
      const { stdout, stderr } = await run('ssh-keygen', ['-y', '-f', path], { timeoutMs: 10_000 });
      assert.equal(stdout.trim(), key.public, stderr);
    }
    assert.equal(new Set(keys.map((key) => key.public)).size, keys.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the seed holds names and keys as they are, whatever is in them', () => {
  const hostKey = { private: 'PRIVATE\nLINES\n', public: 'ssh-ed25519 AAAA' };
  const boot = { id: 'b1', hostname: 'n1', ssh_authorized_keys: 'ssh-ed25519 ROOT me\n' };
  const user = {
    name: 'ada',
    sudo: true,
    shell: '/bin/sh',
    sshAuthorizedKeys: ['command="x: #y" ssh-rsa Z'],
  };
  const identity = { hostKey, users: [user], userData: '#!/bin/sh\necho hi\n' };
  assert.deepEqual(JSON.parse(metaData(boot)), { 'instance-id': 'b1', 'local-hostname': 'n1' });
  const text = vendorData(boot, identity);
  assert.match(text, /^#cloud-config\n/);
  const config = JSON.parse(text.replace(/^#.*\n/, ''));
  assert.deepEqual(config.ssh_keys, { ed25519_private: hostKey.private, ed25519_public: hostKey.public });
  assert.deepEqual(config.users[1], { name: 'root', ssh_authorized_keys: ['ssh-ed25519 ROOT me'] });
  assert.equal(config.users[2].ssh_authorized_keys[0], user.sshAuthorizedKeys[0]);
  const values = identityValues(identity);
  for (const value of Object.values(values)) assert.ok(!value.includes('\n'));
  const decoded = (key: string) => Buffer.from(values[key]!, 'base64').toString();
  assert.equal(decoded('SSH_HOST_KEY'), hostKey.private);
  assert.equal(values.SSH_HOST_PUBLIC_KEY, hostKey.public);
  const [name, sudo, shell, keys] = decoded('USERS').trim().split(' ');
  assert.deepEqual([name, sudo, shell], ['ada', 'sudo', '/bin/sh']);
  assert.equal(Buffer.from(keys!, 'base64').toString(), `${user.sshAuthorizedKeys[0]}\n`);
});

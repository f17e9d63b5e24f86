/** A node of the golden image is who its boot says: host key, users, user data. Needs root and QEMU; minutes. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newHostKey } from '../services/provisioning/identity/host-key.ts';
import { identityValues } from '../services/provisioning/identity/seed.ts';
import { cannotBoot, Rig } from './testing/rig.ts';
import { tool } from './tool.ts';

test('host key, users and script are those that the boot was asked for', { skip: cannotBoot() }, async () => {
  await using rig = await Rig.start();
  const folder = await mkdtemp(join(tmpdir(), 'node-image-identity-'));
  try {
    const key = join(folder, 'ada');
    await tool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key]);
    const hostKey = newHostKey();
    const sshAuthorizedKeys = [(await readFile(`${key}.pub`, 'utf8')).trim()];
    const identity = identityValues({
      hostKey,
      users: [{ name: 'ada', sshAuthorizedKeys, sudo: false, shell: '/bin/bash' }],
      userData: '#!/bin/sh\nhostname >/run/script-ran\n',
    });
    await rig.bootDirectly(await rig.config(identity));
    const report = JSON.parse((await rig.report(240_000)).body) as { sshHostKeys: string[] };
    assert.deepEqual(report.sshHostKeys, [hostKey.public]);
    const known = join(folder, 'known');
    await writeFile(known, `[127.0.0.1]:${rig.sshPort} ${hostKey.public}\n`);
    const strict = [
      '-o',
      `UserKnownHostsFile=${known}`,
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      'BatchMode=yes',
    ];
    const login = ['-p', String(rig.sshPort), '-i', key, 'ada@127.0.0.1', 'id -un'];
    assert.equal((await tool('ssh', [...strict, ...login], { timeoutMs: 60_000 })).trim(), 'ada');
    assert.equal((await rig.ssh('sleep 2; cat /run/script-ran', 60_000)).trim(), 'node-1');
  } finally {
    await rm(folder, { recursive: true });
  }
});

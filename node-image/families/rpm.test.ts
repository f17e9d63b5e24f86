/** The builder of RPM distributions, on a distribution of a few empty packages that is made here. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isPresent } from '@bullion/service/presence';
import { type Recipe, readRecipe } from '../recipe.ts';
import { tool } from '../tool.ts';
import { rpm } from './rpm.ts';

const needed = { dnf: 'dnf', rpmbuild: 'rpm', createrepo_c: 'createrepo-c', gpg: 'gnupg', cpio: 'cpio' };
const lacking = Object.entries(needed).flatMap(([program, name]) => (isPresent(program) ? [] : [name]));
const skip =
  (lacking.length > 0 && `needs ${lacking.join(' ')}`) ||
  (process.geteuid?.() !== 0 && 'needs root, as dnf does for another root');

/** Name, what it requires, and one file of it. */
const PACKAGES = [
  ['filesystem', '', '/etc/filesystem'],
  ['bash', 'filesystem', '/usr/share/bash'],
  ['rpm', 'filesystem', '/usr/share/rpm'],
  ['editor', 'bash', '/usr/share/editor'],
  ['kernel', 'kernel-core', '/usr/share/kernel'],
  ['kernel-core', '', '/lib/modules/6.9.1/vmlinuz'],
] as const;

const spec = ([name, requires, file]: (typeof PACKAGES)[number]) => `
Name: ${name}
Version: 1.2
Release: 3
Summary: A test
License: none
BuildArch: noarch
${requires && `Requires: ${requires}`}
%description
A test.
%install
mkdir -p "$(dirname "%{buildroot}${file}")"
echo ${name} > "%{buildroot}${file}"
%files
${file}
`;

describe('an RPM distribution', { skip, timeout: 50_000 }, () => {
  let folder: string;
  let key: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-image-rpm-'));
    const env = { GNUPGHOME: join(folder, 'gpg'), HOME: folder };
    await mkdir(env.GNUPGHOME, { mode: 0o700 });
    const identity = ['--batch', '--passphrase', '', '--quick-generate-key', 'test@example.org', 'rsa2048'];
    await tool('gpg', identity, { env });
    key = join(folder, 'key.asc');
    await tool('gpg', ['--armor', '--output', key, '--export'], { env });
    const repository = join(folder, 'repository');
    await mkdir(repository);
    for (const each of PACKAGES) {
      const path = join(folder, `${each[0]}.spec`);
      await writeFile(path, spec(each));
      const define = ['--define', `_topdir ${folder}/build`, '--define', `_rpmdir ${repository}`];
      await tool('rpmbuild', ['-bb', '--quiet', ...define, path], { env });
    }
    await tool(
      'sh',
      [
        '-c',
        'rpmsign --define "__gpg $(command -v gpg)" --define "_gpg_name test@example.org" --addsign "$0"/noarch/*.rpm',
        repository,
      ],
      {
        env,
      },
    );
    await tool('createrepo_c', ['-q', repository], { env });
    // As somebody would have it who has got at the repository, but not at its key.
    await tool(
      'sh',
      ['-c', 'cp -r "$0" "$0-bad" && rpmsign --delsign "$0-bad"/noarch/editor*.rpm', repository],
      { env },
    );
    await tool('createrepo_c', ['-q', `${repository}-bad`], { env });
  });
  after(async () => {
    await tool('gpgconf', ['--homedir', join(folder, 'gpg'), '--kill', 'all']);
    await rm(folder, { recursive: true, force: true });
  });

  const recipe = (uri?: string): Recipe => ({
    ...readRecipe('golden'),
    distribution: {
      ...{ family: 'rpm', suite: '9', components: [] },
      sources: uri === undefined ? [] : [{ uri, suites: [], key }],
    },
  });
  const open = (name: string) => rpm.open(join(folder, `cache-${name}`), recipe(`file://${folder}/${name}`));

  test('that is not said where to find is asked for', async () => {
    const source = rpm.open(join(folder, 'none'), recipe());
    await assert.rejects(
      source.refresh(() => {}),
      { code: 'repositories_not_named', hint: /distribution\.sources/ },
    );
  });

  test('is resolved, installed step by step, and unpacked', async () => {
    const source = open('repository');
    await source.refresh(() => {});
    assert.deepEqual(await source.resolve([]), { bash: '1.2-3', filesystem: '1.2-3', rpm: '1.2-3' });
    assert.equal((await source.resolve(['editor'])).editor, '1.2-3');
    assert.deepEqual(await source.resolveKernel('kernel'), [
      { name: 'kernel', version: '1.2-3' },
      { name: 'kernel-core', version: '1.2-3' },
    ]);
    const [base, system] = [join(folder, 'base.tar'), join(folder, 'system.tar')];
    await source.makeBase(base);
    await source.install(base, ['editor'], system);
    const list = async (archive: string) => await tool('tar', ['-tf', archive]);
    assert.match(await list(base), /^\.\/usr\/share\/bash$/m);
    assert.doesNotMatch(await list(base), /editor$/m);
    assert.match(await list(system), /^\.\/usr\/share\/editor$/m);
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await tool('tar', ['-xf', system, '-C', tree]);
    assert.equal((await rpm.installed(tree)).editor, '1.2-3');
    const kernel = join(folder, 'kernel');
    await mkdir(kernel);
    await source.unpack(await source.resolveKernel('kernel'), kernel);
    assert.equal(await readFile(join(kernel, 'lib/modules/6.9.1/vmlinuz'), 'utf8'), 'kernel-core\n');
  });

  test('whose package is not signed is refused', async () => {
    const source = open('repository-bad');
    await source.refresh(() => {});
    await assert.rejects(source.install(join(folder, 'base.tar'), ['editor'], join(folder, 'bad.tar')), {
      code: 'tool_failed',
      message: /dnf failed/,
    });
  });
});

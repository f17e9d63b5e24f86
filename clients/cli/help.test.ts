import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Command } from 'commander';
import { Cli, REPOSITORY } from './cli.ts';
import { createProgram } from './program.ts';
import { run } from './testing/run.ts';

const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];

const pathOf = (command: Command): string[] =>
  command.parent === null ? [] : [...pathOf(command.parent), command.name()];

const io = { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {} };

test('every command says what it does, and shows an example that names it', async () => {
  const commands = every(createProgram(new Cli(io))).filter((command) => command.name() !== 'help');
  assert.ok(commands.length > 50);
  for (const command of commands) {
    const path = pathOf(command);
    const { code, stdout, stderr } = await run([...path, '--help']);
    const name = `bullion ${path.join(' ')}`;
    assert.equal(code, 0, name);
    assert.equal(stderr, '', name);
    assert.ok(command.description().length > 0, `${name} has no description`);
    const examples = /\nExamples?:\n(.*)/s.exec(stdout)?.[1];
    assert.ok(examples?.includes(name.trim()), `${name} shows no example of itself`);
    assert.match(stdout, /--json/, name);
  }
});

test('every command that a message names is there', () => {
  const program = createProgram(new Cli(io));
  const sources = [
    'clients',
    'libraries/service',
    'services',
    'rack',
    'node-image',
    'libraries/bootable',
  ].flatMap((folder) =>
    globSync(`${folder}/**/*.ts`, { cwd: REPOSITORY, exclude: ['**/node_modules/**', '**/*.test.ts'] }),
  );
  let found = 0;
  for (const source of sources) {
    const text = readFileSync(join(REPOSITORY, source), 'utf8');
    for (const [, noun, verb] of text.matchAll(/(?:`|: |hint: ')bullion ([a-z]+)(?: ([a-z][a-z-]*))?/g)) {
      const command = program.commands.find((candidate) => candidate.name() === noun);
      assert.ok(command, `${source} speaks of \`bullion ${noun}\``);
      found++;
      if (verb === undefined || command.commands.length === 0 || command.registeredArguments.length > 0)
        continue;
      assert.ok(
        command.commands.some((candidate) => candidate.name() === verb),
        `${source} speaks of \`bullion ${noun} ${verb}\``,
      );
    }
  }
  assert.ok(found > 40, `only ${found} were found`);
});

test('bullion by itself shows what there is, and the exit codes', async () => {
  const { code, stdout } = await run([]);
  assert.equal(code, 0);
  assert.match(stdout, /Exit codes:\n {2}0 {2}done/);
});

test('a word that is nearly a command is answered with the command', async () => {
  const { code, stdout, stderr } = await run(['nodes']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    "bullion: Unknown command 'nodes'.\n  hint: Did you mean node? See `bullion --help`.\n",
  );
});

test('a wrong option is answered with its command, without a stack', async () => {
  const { code, stderr } = await run(['node', 'list', '--fre']);
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "bullion: Unknown option '--fre'.\n  hint: Did you mean --free? See `bullion node list --help`.\n",
  );
});

test('with --json errors of use are JSON too', async () => {
  const { code, stdout, stderr } = await run(['node', 'show', '--json']);
  assert.equal(code, 2);
  assert.equal(stderr, '');
  assert.equal(JSON.parse(stdout).error.code, 'usage');
  assert.match(JSON.parse(stdout).error.message, /Missing required argument 'node'/);
});

test('a noun without a verb shows its verbs and is wrong use', async () => {
  const { code, stderr } = await run(['network']);
  assert.equal(code, 2);
  assert.match(stderr, /attach \[options\] <network> <node> <nic>/);
});

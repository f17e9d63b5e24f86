/** `bullion user` and `bullion token`: who may ask, and what they may do. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';
import { readSecret } from '../settings.ts';

type User = IsolationType['User'];
type UserRole = 'admin' | 'operator' | 'member' | 'auditor';
const ROLES: UserRole[] = ['admin', 'operator', 'member', 'auditor'];
const PASSWORD_FILE = ['--password-file <file>', 'a file with the password; it is for HTTP Basic'] as const;

export function addUser(program: Command, cli: Cli): void {
  const user = program.command('user').description('people, by name and password');
  example(user, 'bullion user create ann --password-file ann.txt', 'bullion project member add hospital ann');

  example(
    user
      .command('create <user>')
      .description('create a user (administrators)')
      .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).default('member'))
      .option(...PASSWORD_FILE)
      .action(async (name: string, options: { role: UserRole; passwordFile?: string }) => {
        const { isolation } = await cli.services();
        const body = { name, role: options.role, ...passwordOf(options.passwordFile) };
        const made = await ok(isolation.POST('/isolation/v1/users', { body }));
        cli.result(made, describe(made));
      }),
    'bullion user create ann --password-file ann.txt',
  );
  example(
    user
      .command('list')
      .description('list users (operators, auditors)')
      .action(async () => {
        const { isolation } = await cli.services();
        const users = await all((query) => isolation.GET('/isolation/v1/users', { params: { query } }));
        cli.list(users, 'There are no users. Create one: bullion user create NAME', (rows) =>
          table(
            ['user', 'role', 'projects', 'state'],
            rows.map((row) => [row.name, row.role, row.projects.join(', '), state(row)]),
          ),
        );
      }),
    'bullion user list',
  );
  example(
    user
      .command('set <user>')
      .description('change the role or password of a user, or bar the user (administrators)')
      .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES))
      .option(...PASSWORD_FILE)
      .option('--disable', 'let the user in no more, by password or token')
      .option('--enable', 'let the user in again')
      .action(async (name: string, options: ChangeOptions) => {
        const { isolation } = await cli.services();
        const disabled = options.disable ? true : options.enable ? false : undefined;
        const body = {
          ...(options.role ? { role: options.role } : {}),
          ...passwordOf(options.passwordFile),
          ...(disabled === undefined ? {} : { disabled }),
        };
        const path = { params: { path: { user: name } } };
        const changed = await ok(isolation.PATCH('/isolation/v1/users/{user}', { ...path, body }));
        cli.result(changed, describe(changed));
      }),
    'bullion user set ann --disable',
  );
  example(
    user
      .command('delete <user>')
      .description('delete a user and its tokens (administrators)')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/users/{user}', { params: { path: { user: name } } }));
        cli.result({ deleted: name }, `User ${name} is deleted, and its tokens with it.`);
      }),
    'bullion user delete ann',
  );
}

type ChangeOptions = { role?: UserRole; passwordFile?: string; disable?: true; enable?: true };
const state = ({ disabled }: User) => (disabled ? 'disabled' : 'enabled');
const describe = (user: User): string =>
  fields([
    ['user', user.name],
    ['role', user.role],
    ['projects', user.projects.join(', ') || '-'],
    ['state', state(user)],
  ]);

const passwordOf = (file: string | undefined) => (file === undefined ? {} : { password: readSecret(file) });

export function addToken(program: Command, cli: Cli): void {
  const token = program.command('token').description('API tokens: yours, and those of your projects');
  example(token, 'bullion token create --project hospital --expires 30d', 'bullion token list');

  example(
    token
      .command('create')
      .description('make a token; it is shown this once, and does no more than you may')
      .option('--label <text>', 'what it is for', 'command line')
      .addOption(new Option('--role <role>', 'by default your own').choices([...ROLES, 'service']))
      .option('--project <project>', 'the only project that it acts for')
      .option(
        '--expires <time>',
        'how long it is good, such as 12h or 30d; by default as long as you are',
        duration,
      )
      .action(async (options: { label: string; role?: UserRole; project?: string; expires?: number }) => {
        const { isolation } = await cli.services();
        const { expires, ...body } = options;
        const expiry = expires === undefined ? {} : { expiresInSeconds: expires };
        const made = await ok(isolation.POST('/isolation/v1/tokens', { body: { ...body, ...expiry } }));
        cli.result(made, made.token);
        cli.note('It is not shown again. Use it: export BULLION_TOKEN=...');
      }),
    'bullion token create --project hospital --expires 30d',
  );
  example(
    token
      .command('list')
      .description('list tokens: what they are for and when they were used')
      .action(async () => {
        const { isolation } = await cli.services();
        const tokens = await all((query) => isolation.GET('/isolation/v1/tokens', { params: { query } }));
        cli.list(tokens, 'There are no tokens.', (rows) =>
          table(
            ['token', 'label', 'role', 'project', 'user', 'expires', 'last used'],
            rows.map(({ id, label, role, project, user, expiresAt, lastUsedAt }) => [
              ...[id, label, role, project, user, expiresAt, lastUsedAt],
            ]),
          ),
        );
      }),
    'bullion token list',
  );
  example(
    token
      .command('revoke <token>')
      .description('take a token back, and its copies with it')
      .action(async (id: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/tokens/{id}', { params: { path: { id } } }));
        cli.result({ revoked: id }, 'The token is good no more.');
      }),
    'bullion token revoke 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70',
  );
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return Number(amount) * UNITS[unit]!;
  throw new InvalidArgumentError('It must be a number with s, m, h or d, such as 12h.');
}

/** Users, who they are in projects, and API tokens: the same in every service that has them. */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Changes } from '../changes.ts';
import type { App } from '../http.ts';
import { NameSchema } from '../names.ts';
import { ROLES } from '../principal.ts';
import { createRoutes } from '../routes.ts';
import { requireAdmin } from './roles.ts';
import type { IdentitySchema } from './schema.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';
import {
  changeUser,
  createUser,
  deleteUser,
  getUser,
  hashed,
  listUsers,
  requireMayChange,
  setMember,
} from './users.ts';

export const Password = z
  .string()
  .min(8)
  .max(256)
  .describe('For HTTP Basic; without one the user cannot log in');
const UserRole = z.enum(['admin', 'operator', 'member', 'auditor']);
const User = z
  .object({ name: z.string(), role: z.enum(ROLES), disabled: z.boolean(), projects: z.array(z.string()) })
  .meta({ id: 'User' });
const NewUser = z.object({
  name: NameSchema,
  role: UserRole.default('member'),
  password: Password.optional(),
});
const ChangedUser = z.object({ role: UserRole, password: Password, disabled: z.boolean() }).partial();
const ofUser = z.object({ user: NameSchema });

const Token = z
  .object({
    id: z.string(),
    role: z.enum(ROLES),
    project: z.string().nullable(),
    user: z.string().nullable(),
    label: z.string(),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable().describe('By the hour'),
  })
  .meta({ id: 'Token' });
const NewToken = z.object({
  label: z.string().min(1).max(100),
  role: z.enum(ROLES).optional().describe('At most your own, which it is by default'),
  project: NameSchema.optional().describe('The only project that it acts for'),
  expiresInSeconds: z.number().int().min(1).max(3_155_760_000).optional(),
});
/** Without a project: for as many as the maker's. */
export type TokenRequest = z.output<typeof NewToken>;
export type TokenView = z.output<typeof Token>;
const MadeToken = z.object({ token: z.string(), id: z.string(), expiresAt: z.string().nullable() });

export type NewToken = z.output<typeof MadeToken>;

const Principal = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).describe('Those that a member acts for'),
  project: z.string().nullable().describe('The only one of them'),
  label: z.string(),
});
const ofProject = z.object({ project: NameSchema });
const ofMember = ofProject.extend({ user: NameSchema });

export function addIdentityRoutes<Schema extends IdentitySchema>(
  app: App,
  prefix: string,
  parts: { db: Kysely<Schema>; changes: Changes<Schema> },
): void {
  const { db, changes } = parts as unknown as {
    db: Kysely<IdentitySchema>;
    changes: Changes<IdentitySchema>;
  };
  const { reads, lists, writes } = createRoutes(app, changes, prefix);
  const operatorOnly = 'see users';
  reads('GET /whoami', { summary: 'Who this token is', answer: Principal }, ({ principal }) => principal);
  writes(
    'POST /users',
    { summary: 'Create a user', body: NewUser, answer: User },
    async ({ body, principal, commit }) => {
      requireAdmin(principal, 'create users');
      const request = await hashed(body);
      return await commit((change) => createUser(change, request));
    },
  );
  lists(
    'GET /users',
    { summary: 'List users', operatorOnly, items: User },
    ({ query }) => listUsers(db, query),
    ({ name }) => name,
  );
  reads(
    'GET /users/:user',
    { summary: 'Show a user', operatorOnly, params: ofUser, answer: User },
    ({ params }) => getUser(db, params.user),
  );
  writes(
    'PATCH /users/:user',
    { summary: 'Change a user, or your own password', params: ofUser, body: ChangedUser, answer: User },
    async ({ params, body, principal, commit }) => {
      requireMayChange(principal, params.user, body);
      const request = await hashed(body);
      return await commit((change) => changeUser(change, params.user, request));
    },
  );
  writes(
    'DELETE /users/:user',
    { summary: 'Delete a user, and its tokens with it', params: ofUser },
    ({ params, principal, commit }) => {
      requireAdmin(principal, 'delete users');
      return commit((change) => deleteUser(change, params.user));
    },
  );
  writes(
    'POST /tokens',
    { summary: 'Make a token; it is shown this once', body: NewToken, answer: MadeToken },
    ({ body, commit }) => commit((change) => createToken(change, body)),
  );
  lists(
    'GET /tokens',
    { summary: 'List your tokens and those of your projects', items: Token },
    ({ query, principal }) => listTokens(db, principal, query),
    ({ id }) => id,
  );
  writes(
    'DELETE /tokens/:id',
    { summary: 'Take a token back, and its copies with it', params: z.object({ id: z.uuid() }) },
    ({ params, commit }) => commit((change) => revokeToken(change, params.id)),
  );
  for (const [method, member] of [
    ['PUT', true],
    ['DELETE', false],
  ] as const) {
    writes(
      `${method} /projects/:project/members/:user`,
      {
        summary: member ? 'Let a user act for a project' : 'No longer let a user act for a project',
        operatorOnly: 'choose the members of projects',
        params: ofMember,
      },
      ({ params, commit }) => commit((change) => setMember(change, params, member)),
    );
  }
  writes(
    'POST /projects/:project/tokens',
    {
      summary: 'Make a token that acts for a project; it is shown this once',
      params: ofProject,
      body: z.object({ label: z.string().min(1).max(100) }),
      answer: z.object({ token: z.string() }),
    },
    ({ params, body, commit }) =>
      commit((change) => createToken(change, { ...params, ...body, role: 'member' })),
  );
}

/** Users with a password. HIL has administrators and others; its administrator is our `admin`. */
import {
  BullionError,
  changeUser,
  createUser,
  deleteUser,
  getUser,
  hashed,
  listUsers,
  NameSchema,
  notFound,
  Password,
  requireAdmin,
  setMember,
  type UserView,
} from '@bullion/service';
import { z } from 'zod';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';
import { duplicate } from './errors.ts';
import { all, type Face, routesOf, sorted } from './route.ts';
import { hilTypes } from './switch-types.ts';

const ofUser = args({ user: text });
const ofMember = args({ user: text, project: text });

const isAdmin = ({ role }: UserView) => role === 'admin' || role === 'operator';

export function addUserCalls(face: Face): void {
  const { db, switchDrivers } = face.context;
  const { reads, writes } = routesOf(face);
  reads('GET /active_extensions', args({}), { operatorOnly: 'see the extensions' }, async () =>
    sorted([
      ...['hil.ext.auth.database', 'hil.ext.network_allocators.vlan_pool'],
      ...hilTypes(switchDrivers).map((type) => `hil.ext.switches.${type}`),
    ]),
  );
  reads('GET /auth/basic/users', args({}), { operatorOnly: 'see users' }, async () => {
    const users = await all((page) => listUsers(db, page));
    return Object.fromEntries(
      users.map((user) => [user.name, { is_admin: isAdmin(user), projects: sorted(user.projects) }]),
    );
  });
  const path = '/auth/basic/user/:user';
  writes(
    `PUT ${path}`,
    args({ user: text, password: text, is_admin: z.boolean().default(false) }),
    {},
    async ({ args: { user: name, password, is_admin }, principal, commit }) => {
      requireAdmin(principal, 'create users');
      checkSettings(NameSchema, 'the name of the user', name);
      checkSettings(Password, 'the password', password);
      const request = await hashed({ name, password, role: is_admin ? 'admin' : 'member' } as const);
      await commit(async (change) => void (await createUser(change, request)));
    },
  );
  writes(`DELETE ${path}`, ofUser, {}, async ({ args: { user }, principal, commit }) => {
    requireAdmin(principal, 'delete users');
    await commit((change) => deleteUser(change, user));
  });
  writes(
    `PATCH ${path}`,
    args({ user: text, is_admin: z.boolean() }),
    {},
    async ({ args: { user: name, is_admin }, principal, commit }) => {
      requireAdmin(principal, 'change users');
      await commit(async (change) => {
        const user = await getUser(change.trx, name);
        if (principal.user === name) throw ownStatus();
        if (isAdmin(user) === is_admin) return;
        await changeUser(change, name, { role: is_admin ? 'admin' : 'member' });
      });
    },
  );
  for (const member of [true, false]) {
    writes(
      `POST ${path}/${member ? 'add' : 'remove'}_project`,
      ofMember,
      { operatorOnly: 'choose the members of projects' },
      async ({ args: { user: name, project }, commit }) => {
        await commit(async (change) => {
          const user = await getUser(change.trx, name);
          const isMember = user.projects.includes(project);
          if (member && isMember) throw duplicate('member', `The user "${name}" is in "${project}" already.`);
          if (!member && !isMember) throw notFound('member', `${project}/${name}`, 'There is nothing to do.');
          await setMember(change, { user: name, project }, member);
        });
      },
    );
  }
}

const ownStatus = () =>
  new BullionError(
    'conflict',
    'hil_illegal_state',
    'Nobody changes whether they are an administrator themselves.',
    {
      hint: 'Ask another administrator.',
    },
  );

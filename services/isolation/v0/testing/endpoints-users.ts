/** Users, and head nodes, which there are none of. */
import type { Endpoint } from './endpoints.ts';

const users = {
  alice: { is_admin: false, projects: ['a'] },
  bob: { is_admin: false, projects: ['b'] },
  root: { is_admin: true, projects: [] },
};
const carol = '/auth/basic/user/carol';
const password = 'a good password';

/** Known to nobody, whoever asks. */
const headnode = (call: string, body?: Record<string, unknown>): Endpoint => ({
  call,
  asked: call.replaceAll(/<\w+>/g, 'h'),
  body,
  as: 'alice',
  type: 'NotFoundError',
});

export const userCalls = (): Endpoint[] => [
  { call: 'GET /auth/basic/users', asked: 'GET /auth/basic/users', gives: users },
  {
    call: 'PUT /auth/basic/user/<user>',
    asked: `PUT ${carol}`,
    body: { password, is_admin: false },
    optional: ['is_admin'],
    before: [
      ['root', `PUT ${carol}`, { password: 'short' }, 'BadArgumentError'],
      ['root', 'PUT /auth/basic/user/a%20b', { password }, 'BadArgumentError'],
    ],
    after: [['root', `PUT ${carol}`, { password }, 'DuplicateError']],
  },
  {
    call: 'POST /auth/basic/user/<user>/add_project',
    asked: `POST ${carol}/add_project`,
    body: { project: 'a' },
    before: [
      ['root', `POST ${carol}/add_project`, { project: 'none' }, 'NotFoundError'],
      ['root', 'POST /auth/basic/user/none/add_project', { project: 'a' }, 'NotFoundError'],
    ],
    after: [['root', `POST ${carol}/add_project`, { project: 'a' }, 'DuplicateError']],
  },
  {
    call: 'POST /auth/basic/user/<user>/remove_project',
    asked: `POST ${carol}/remove_project`,
    body: { project: 'a' },
    after: [['root', `POST ${carol}/remove_project`, { project: 'a' }, 'NotFoundError']],
  },
  {
    call: 'PATCH /auth/basic/user/<user>',
    asked: `PATCH ${carol}`,
    body: { is_admin: true },
    before: [
      ['root', 'PATCH /auth/basic/user/root', { is_admin: false }, 'IllegalStateError'],
      ['root', 'PATCH /auth/basic/user/none', { is_admin: false }, 'NotFoundError'],
    ],
  },
  {
    call: 'DELETE /auth/basic/user/<user>',
    asked: `DELETE ${carol}`,
    after: [['root', `DELETE ${carol}`, undefined, 'NotFoundError']],
  },
  { call: 'GET /headnode_images/', asked: 'GET /headnode_images/', as: 'alice', gives: [] },
  {
    call: 'GET /project/<project>/headnodes',
    asked: 'GET /project/a/headnodes',
    as: 'alice',
    stranger: 'NotFoundError',
    gives: [],
  },
  {
    ...headnode('PUT /headnode/<headnode>', { project: 'a', base_img: 'centos' }),
    type: 'BadArgumentError',
  },
  headnode('GET /headnode/<headnode>'),
  headnode('DELETE /headnode/<headnode>'),
  headnode('POST /headnode/<headnode>/start'),
  headnode('POST /headnode/<headnode>/stop'),
  headnode('PUT /headnode/<headnode>/hnic/<hnic>'),
  headnode('DELETE /headnode/<headnode>/hnic/<hnic>'),
  headnode('POST /headnode/<headnode>/hnic/<hnic>/connect_network', { network: 'net' }),
  headnode('POST /headnode/<headnode>/hnic/<hnic>/detach_network'),
];

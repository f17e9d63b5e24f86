/** Projects, what they may hold, and who is in them. */
import { NameSchema, ROLES } from '@bullion/service';
import { z } from 'zod';
import { createToken } from '../identity/tokens.ts';
import { setMember } from '../identity/users.ts';
import { createProject, deleteProject, getProject, listProjects, setQuota } from '../projects.ts';
import { ofProject, type Parts, routesOf } from './route.ts';

const Project = z.object({ name: NameSchema }).meta({ id: 'Project' });
const most = z.number().int().min(0).nullable().describe('null is as many as there are');
const Quota = z.object({ nodes: most, networks: most });
const ProjectDetails = Project.extend({
  quota: Quota,
  used: z.object({ nodes: z.number().int(), networks: z.number().int() }),
}).meta({ id: 'ProjectDetails' });
const Principal = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).describe('Those that a member acts for'),
  project: z.string().nullable().describe('The only one of them'),
  label: z.string(),
});
const ofMember = ofProject.extend({ user: NameSchema });

export function addProjectRoutes(parts: Parts): void {
  const { context, consoles } = parts;
  const { db } = context;
  const { reads, lists, writes } = routesOf(parts);
  reads('GET /whoami', { summary: 'Who this token is', answer: Principal }, ({ principal }) => principal);
  writes(
    'POST /projects',
    { summary: 'Create a project', operatorOnly: 'create projects', body: Project, answer: Project },
    ({ body, commit }) => commit((change) => createProject(change, body.name)),
  );
  lists(
    'GET /projects',
    { summary: 'List projects', items: Project },
    ({ query, principal }) => listProjects(db, principal, query),
    ({ name }) => name,
  );
  reads(
    'GET /projects/:project',
    { summary: 'Show a project: what it holds and may hold', params: ofProject, answer: ProjectDetails },
    ({ params, principal }) => getProject(db, principal, params.project),
  );
  writes(
    'DELETE /projects/:project',
    { summary: 'Delete an empty project', operatorOnly: 'delete projects', params: ofProject },
    ({ params, commit }) =>
      commit(async (change) => {
        await deleteProject(change, params.project);
        change.after(() => consoles.sweep());
      }),
  );
  writes(
    'PUT /projects/:project/quota',
    {
      summary: 'Say how much a project may hold',
      operatorOnly: 'set quotas',
      params: ofProject,
      body: Quota,
      answer: ProjectDetails,
    },
    ({ params, body, commit }) => commit((change) => setQuota(change, params.project, body)),
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

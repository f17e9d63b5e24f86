/** Projects, and what they may hold. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { createProject, deleteProject, getProject, listProjects, setQuota } from '../projects.ts';
import { ofProject, type Parts, routesOf } from './route.ts';

const Project = z.object({ name: NameSchema }).meta({ id: 'Project' });
const most = z.number().int().min(0).nullable().describe('null is as many as there are');
const Quota = z.object({ nodes: most, networks: most });
const ProjectDetails = Project.extend({
  createdAt: z.string(),
  quota: Quota,
  used: z.object({ nodes: z.number().int(), networks: z.number().int() }),
}).meta({ id: 'ProjectDetails' });

export function addProjectRoutes(parts: Parts): void {
  const { context, consoles } = parts;
  const { db } = context;
  const { reads, lists, writes } = routesOf(parts);
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
}

/** Projects and their tokens. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { createProject, createProjectToken, deleteProject, listProjects } from '../projects.ts';
import { ofProject, type Parts, route } from './route.ts';

const Project = z.object({ name: NameSchema }).meta({ id: 'Project' });
const Principal = z.object({
  role: z.enum(['operator', 'service', 'member']),
  project: z.string().nullable(),
  label: z.string(),
});

export function addProjectRoutes({ app, context }: Parts): void {
  route(
    app,
    'GET /whoami',
    { summary: 'Who this token is', answer: Principal },
    ({ principal }) => principal,
  );
  route(
    app,
    'POST /projects',
    { summary: 'Create a project', operatorOnly: 'create projects', body: Project, answer: Project },
    ({ body }) => createProject(context, body.name),
  );
  route(app, 'GET /projects', { summary: 'List projects', answer: z.array(Project) }, ({ principal }) =>
    listProjects(context, principal),
  );
  route(
    app,
    'DELETE /projects/:project',
    { summary: 'Delete an empty project', operatorOnly: 'delete projects', params: ofProject },
    ({ params, principal }) => deleteProject(context, principal, params.project),
  );
  route(
    app,
    'POST /projects/:project/tokens',
    {
      summary: 'Make a token that acts for a project; it is shown this once',
      params: ofProject,
      body: z.object({ label: z.string().min(1).max(100) }),
      answer: z.object({ token: z.string() }),
    },
    async ({ params, body, principal }) => ({
      token: await createProjectToken(context, principal, params.project, body.label),
    }),
  );
}

/** Projects and their tokens. */
import { NameSchema, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { createProject, createProjectToken, deleteProject, listProjects } from '../projects.ts';
import { answers, Done, inProject, type Parts, v1 } from './route.ts';

const Project = z.object({ name: NameSchema }).meta({ id: 'Project' });
const Principal = z.object({
  role: z.enum(['operator', 'service', 'member']),
  project: z.string().nullable(),
  label: z.string(),
});

export function addProjectRoutes({ app, context }: Parts): void {
  app.get(
    `${v1}/whoami`,
    { schema: { summary: 'Who this token is', response: answers(Principal) } },
    (request) => request.principal,
  );
  app.post(
    `${v1}/projects`,
    { schema: { summary: 'Create a project', body: Project, response: answers(Project) } },
    (request) => {
      requireOperator(request.principal, 'create projects');
      return createProject(context, request.body.name);
    },
  );
  app.get(
    `${v1}/projects`,
    { schema: { summary: 'List projects', response: answers(z.array(Project)) } },
    (request) => listProjects(context, request.principal),
  );
  app.delete(
    `${v1}/projects/:project`,
    { schema: { summary: 'Delete an empty project', params: inProject, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete projects');
      await deleteProject(context, request.principal, request.params.project);
      return {};
    },
  );
  app.post(
    `${v1}/projects/:project/tokens`,
    {
      schema: {
        summary: 'Make a token that acts for a project; it is shown this once',
        params: inProject,
        body: z.object({ label: z.string().min(1).max(100) }),
        response: answers(z.object({ token: z.string() })),
      },
    },
    async ({ params, body, principal }) => ({
      token: await createProjectToken(context, principal, params.project, body.label),
    }),
  );
}

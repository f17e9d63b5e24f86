/** Projects are the isolation service's; here it is only asked whether there is one. */
import { ok } from '@bullion/sdk';
import { mayUse, notFound, type Principal } from '@bullion/service';
import type { Context } from './context.ts';

/** Throws `project_not_found` where there is none, and where the caller may not know that there is one. */
export async function requireProject(
  { isolation }: Context,
  principal: Principal,
  name: string,
): Promise<void> {
  if (!mayUse(principal, name)) throw notFound('project', name);
  if (principal.project === name) return; // The isolation service has just said so.
  await ok(
    isolation.isolation.GET('/isolation/v1/projects/{project}', { params: { path: { project: name } } }),
  );
}

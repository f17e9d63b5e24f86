/** Who was coming up, and who waited, when the service ended: told by how far each boot had come. */
import type { BootParts } from '../boot-parts.ts';
import { livingBoots } from '../boots.ts';
import type { Context } from '../context.ts';

/** Before any boot goes on. */
export async function restoreAdmission({ db }: Context, { admission, stages }: BootParts): Promise<void> {
  const booting = (await livingBoots(db)).filter(({ state }) => state === 'booting');
  const begun = new Set<string>();
  for (const { id } of booting) if ((await stages.timeline(id)).length > 1) begun.add(id);
  const entrants = booting.map(({ id, project, priority }) => ({ boot: id, project, priority }));
  admission.restore(
    entrants.filter(({ boot }) => begun.has(boot)),
    entrants.filter(({ boot }) => !begun.has(boot)),
  );
}

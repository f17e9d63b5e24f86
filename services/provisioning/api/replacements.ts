/** What takes the place of a running boot: its disk on another node, or another image on its node. */
import { BullionError, NameSchema } from '@bullion/service';
import { z } from 'zod';
import { checkBoot } from '../boot-request.ts';
import { requireBoot } from '../boots.ts';
import { beginReplacement } from '../fleet/replace.ts';
import { requireSealedImage } from '../images.ts';
import { type Parts, routesOf } from './route.ts';

const ofBoot = z.object({ boot: z.string().max(64).describe('Its id, or a node for its latest boot') });
const Started = z.object({ operation: z.string().describe('Follow it at /operations/{id}') });

export function addReplacementRoutes(parts: Parts): void {
  const { context } = parts;
  const { starts, begins } = routesOf(parts);
  starts(
    'POST /boots/:boot/move',
    {
      summary: 'Move a running disk to another node of the project: shut down, fence, boot there',
      params: ofBoot,
      body: z.object({ to: NameSchema }),
      answer: Started,
    },
    async ({ params, body: { to }, principal, credentials, commit }) => {
      const boot = await requireBoot(context.db, principal, params.boot);
      // All that can be said now is said before anything is switched off.
      const { node } = await checkBoot(context, credentials, {
        ...{ node: to, volume: boot.volume, sshAuthorizedKeys: [] },
      });
      if (to === boot.node || node.project !== boot.project) throw notThere(to, boot.project);
      return await commit(async (change) => {
        const now = await requireBoot(change.trx, principal, boot.id);
        const operation = await beginReplacement(context, change, now, { to: { node: to }, graceful: true });
        change.after(() => context.operations.start(operation));
        return { operation };
      });
    },
  );
  begins(
    'POST /boots/:boot/reprovision',
    {
      summary: 'Boot a running node from another image or snapshot; its volume stays',
      params: ofBoot,
      body: z.object({ image: NameSchema }),
    },
    async ({ params, body: { image } }, change) => {
      const boot = await requireBoot(change.trx, change.principal, params.boot);
      await requireSealedImage(change.trx, change.principal, image);
      const same = { to: { node: boot.node }, image, graceful: true };
      const operation = await beginReplacement(context, change, boot, same);
      change.after(() => context.operations.start(operation));
      return operation;
    },
  );
}

const notThere = (node: string, project: string) =>
  new BullionError('conflict', 'move_target_unfit', `Node "${node}" cannot take this disk.`, {
    hint: `Name another node that "${project}" holds: \`bullion node list --project ${project}\`.`,
  });

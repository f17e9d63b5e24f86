/** What was deleted and can come back. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { listDeleted, undelete } from '../bin.ts';
import { showImage } from '../images.ts';
import { getVolume } from '../volumes.ts';
import { Image } from './images.ts';
import { type Parts, routesOf } from './route.ts';
import { Volume } from './volumes.ts';

const Deleted = z
  .object({
    id: z.string(),
    kind: z.enum(['image', 'volume']),
    name: z.string(),
    project: z.string().nullable(),
    deletedAt: z.string(),
    keptUntil: z.string().describe('It goes earlier where its space is needed'),
  })
  .meta({ id: 'Deleted' });

export function addBinRoutes(parts: Parts): void {
  const { context } = parts;
  const { lists, writes } = routesOf(parts);
  lists(
    'GET /deleted',
    { summary: 'Images and volumes that were deleted and can come back', items: Deleted },
    ({ query, principal }) => listDeleted(context, principal, query),
    ({ id }) => id,
  );
  writes(
    'POST /images/:image/undelete',
    {
      summary: 'Bring back a deleted image: private, and shared with nobody',
      params: z.object({ image: NameSchema }),
      answer: Image,
    },
    async ({ params, principal, commit }) => {
      await commit((change) => undelete(context, change, 'image', params.image));
      return await showImage(context, principal, params.image);
    },
  );
  writes(
    'POST /volumes/:volume/undelete',
    { summary: 'Bring back a deleted volume', params: z.object({ volume: NameSchema }), answer: Volume },
    async ({ params, principal, commit }) => {
      await commit((change) => undelete(context, change, 'volume', params.volume));
      return await getVolume(context, principal, params.volume);
    },
  );
}

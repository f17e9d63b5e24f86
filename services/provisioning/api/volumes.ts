/** Volumes, and snapshots of them. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { requireProject } from '../projects.ts';
import { restoreVolume, snapshotsOf, snapshotVolume } from '../snapshots.ts';
import { createVolume, deleteVolume, getVolume, listVolumes } from '../volumes.ts';
import { Image } from './images.ts';
import { type Parts, routesOf } from './route.ts';

export const Volume = z
  .object({
    name: z.string(),
    project: z.string(),
    image: z.string(),
    sizeBytes: z.number().int(),
    ownBytes: z.number().int().describe('What it takes by itself, beyond what it shares with its image'),
    node: z.string().nullable().describe('The node that runs from it now'),
    createdAt: z.string(),
  })
  .meta({ id: 'Volume' });

const NewVolume = z.object({ name: NameSchema, project: NameSchema, image: NameSchema });
const ofVolume = z.object({ volume: NameSchema });

export function addVolumeRoutes(parts: Parts): void {
  const { context } = parts;
  const { reads, lists, writes } = routesOf(parts);
  writes(
    'POST /volumes',
    { summary: 'Clone an image', body: NewVolume, answer: Volume },
    async ({ body, principal, commit }) => {
      await requireProject(context, principal, body.project);
      return await commit((change) => createVolume(context, change, body));
    },
  );
  lists(
    'GET /volumes',
    { summary: 'List volumes', items: Volume },
    ({ query, principal }) => listVolumes(context, principal, query),
    ({ name }) => name,
  );
  reads(
    'GET /volumes/:volume',
    { summary: 'Show a volume', params: ofVolume, answer: Volume },
    ({ params, principal }) => getVolume(context, principal, params.volume),
  );
  writes(
    'DELETE /volumes/:volume',
    { summary: 'Delete a volume that no node runs from', params: ofVolume },
    ({ params, commit }) => commit((change) => deleteVolume(context, change, params.volume)),
  );
  writes(
    'POST /volumes/:volume/snapshots',
    {
      summary: 'Take a snapshot: an image of what the volume holds now',
      params: ofVolume,
      body: z.object({ name: NameSchema }),
      answer: Image,
    },
    ({ params, body, principal, commit }) =>
      snapshotVolume(context, principal, { ...params, ...body }, commit),
  );
  reads(
    'GET /volumes/:volume/snapshots',
    { summary: 'The snapshots of a volume, the oldest first', params: ofVolume, answer: z.array(Image) },
    ({ params, principal }) => snapshotsOf(context, principal, params.volume),
  );
  writes(
    'POST /volumes/:volume/restore',
    {
      summary: 'Give up what changed since a snapshot, or since its image; no node runs from it',
      params: ofVolume,
      body: z.object({ to: NameSchema.describe('A snapshot of it, or its image') }),
      answer: Volume,
    },
    async ({ params, body, principal, commit }) => {
      await commit((change) => restoreVolume(context, change, params.volume, body.to));
      return await getVolume(context, principal, params.volume);
    },
  );
}

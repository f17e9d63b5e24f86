/** Images come from elsewhere and go elsewhere: imports, exports, copies; and who may see them. */
import { failures, NameSchema } from '@bullion/service';
import { z } from 'zod';
import { cancelOperation, requireCancellable } from '../cancel.ts';
import { sendDisk } from '../export/download.ts';
import { makeQcow2, push } from '../export/push.ts';
import { copyImage, updateImage } from '../image-changes.ts';
import { requireAnyProject, shareImage, unshareImage } from '../image-shares.ts';
import { checkSource, importDisk, registryHost } from '../import/import-operation.ts';
import { ImportRequest, PushRequest } from '../import/sources.ts';
import { requireProject } from '../projects.ts';
import { Image, ofImage } from './images.ts';
import { type Parts, routesOf, v1 } from './route.ts';

const Patch = z.object({ name: NameSchema.optional(), public: z.boolean().optional() });
const Copy = z.object({ name: NameSchema, project: NameSchema.nullable() });
const ofShare = ofImage.extend({ project: NameSchema });
const Format = z.object({ format: z.enum(['raw', 'qcow2']).default('raw') });

export function addTransferRoutes(parts: Parts): void {
  const { app, context } = parts;
  const { writes, begins } = routesOf(parts);
  begins(
    'POST /images/:image/import',
    { summary: 'Fetch the disk of a declared image, and seal it', params: ofImage, body: ImportRequest },
    async ({ params, body }, change) => importDisk(context, change, params.image, body),
    async ({ body }) => checkSource(context, body),
  );
  begins(
    'POST /images/:image/export',
    { summary: 'Make a qcow2 file of an image, to be downloaded', params: ofImage },
    ({ params }, change) => makeQcow2(context, change, params.image),
  );
  begins(
    'POST /images/:image/push',
    { summary: 'Push an image to a registry, as an OCI artifact', params: ofImage, body: PushRequest },
    ({ params, body }, change) => push(context, change, params.image, body),
    async ({ body }) => void (await context.guard.addresses(registryHost(body.reference))),
  );
  begins(
    'POST /images/:image/copy',
    { summary: 'Copy an image; no byte of it is written', params: ofImage, body: Copy },
    ({ params, body }, change) => copyImage(context, change, params.image, body),
    async ({ body, principal }) => {
      if (body.project !== null) await requireProject(context, principal, body.project);
    },
  );
  writes(
    'PATCH /images/:image',
    { summary: 'Rename an image, make it public or private', params: ofImage, body: Patch, answer: Image },
    ({ params, body, commit }) => commit((change) => updateImage(change, params.image, body)),
  );
  writes(
    'PUT /images/:image/shares/:project',
    { summary: 'Let another project boot an image', params: ofShare },
    async ({ params, commit }) => {
      await requireAnyProject(context, params.project);
      await commit((change) => shareImage(change, params.image, params.project));
    },
  );
  writes(
    'DELETE /images/:image/shares/:project',
    { summary: 'Share an image no longer; what was cloned of it stays', params: ofShare },
    ({ params, commit }) => commit((change) => unshareImage(change, params.image, params.project)),
  );
  writes(
    'POST /operations/:id/cancel',
    { summary: 'End an import, an export or a verification', params: z.object({ id: z.uuid() }) },
    async ({ params, principal, commit }) => {
      const operation = await requireCancellable(context, principal, params.id);
      await commit(({ tell }) => tell('operation.cancelled', operation.subject, operation.project));
      await cancelOperation(context, principal, params.id);
    },
  );
  app.get(
    `${v1}/images/:image/disk`,
    {
      schema: {
        summary: 'Download the disk of an image',
        params: ofImage,
        querystring: Format,
        response: { 200: z.any(), 206: z.any(), ...failures },
      },
    },
    (request, reply) =>
      sendDisk(context, request.principal, request.params.image, request.query.format, request, reply),
  );
}

/** The routes of `/provisioning/v1` and the schemas of what they take and give. */
import { type App, failures, mayUse, NameSchema, OperationSchema, operationNotFound } from '@bullion/service';
import { z } from 'zod';
import { endBoot } from './boot-end.ts';
import type { BootParts } from './boot-parts.ts';
import { createBoot } from './boot-request.ts';
import { bootView, listBoots, requireBoot } from './boots.ts';
import type { Context } from './context.ts';
import { createImage, deleteImage, imageView, listImages, requireImage } from './images.ts';
import { sealImage, verifyImage } from './seal.ts';
import { snapshotVolume } from './snapshots.ts';
import { uploadPart } from './uploads.ts';
import { createVolume, deleteVolume, getVolume, listVolumes } from './volumes.ts';

const Image = z
  .object({
    name: z.string(),
    project: z.string().nullable().describe('The owner; null is the operator'),
    kind: z.enum(['image', 'snapshot']),
    state: z.enum(['uploading', 'sealed']),
    public: z.boolean(),
    sizeBytes: z.number().int(),
    sha256: z.string().nullable(),
    parent: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Image' });
const Volume = z
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
const Boot = z
  .object({
    id: z.string(),
    node: z.string(),
    project: z.string(),
    image: z.string(),
    volume: z.string(),
    state: z.enum(['booting', 'running', 'failed', 'ending', 'ended']),
    operation: z.string(),
    address: z.string().describe('On the provisioning network'),
    hostname: z.string(),
    sshHostKeys: z.array(z.string()).describe('As the node reported them'),
    timeline: z.array(z.object({ stage: z.string(), at: z.string() })),
    phases: z.array(
      z.object({
        phase: z.enum(['control', 'firmware', 'dhcp', 'ipxe', 'kernel', 'userland']),
        milliseconds: z.number().int(),
      }),
    ),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Boot' });
const Started = z
  .object({ operation: z.string().describe('Follow it at /operations/{id}') })
  .meta({ id: 'Started' });
const Done = z.object({}).meta({ id: 'Done' });

const ofImage = z.object({ image: NameSchema });
const ofVolume = z.object({ volume: NameSchema });
const ofBoot = z.object({ boot: z.string().max(64).describe('Its id, or a node for its latest boot') });
const AuthorizedKey = z
  .string()
  .max(16_384)
  .regex(/^[^\r\n]+$/, 'must be one line of an authorized_keys file');

export function addRoutes(app: App, context: Context, parts: BootParts): void {
  const v1 = '/provisioning/v1';
  const answers = <Schema extends z.ZodType>(schema: Schema) => ({ 200: schema, ...failures });
  const begins = { 202: Started, ...failures };

  // The body of an upload goes to its file as it comes.
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body));

  app.post(
    `${v1}/images`,
    {
      schema: {
        summary: 'Declare an image; upload its parts and seal it',
        body: z.object({
          name: NameSchema,
          project: NameSchema.nullable(),
          sizeBytes: z
            .number()
            .int()
            .min(0)
            .max(2 ** 46),
          cmdline: z
            .string()
            .max(1000)
            .regex(/^[\x20-\x7e]*$/)
            .nullable()
            .default(null)
            .describe('Of its kernel; null for an image that boots by its own boot loader'),
          public: z.boolean().default(false),
        }),
        response: answers(Image),
      },
    },
    (request) => createImage(context, request.principal, request.body),
  );
  app.put(
    `${v1}/images/:image/:part`,
    {
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: 'Upload a part',
        params: ofImage.extend({ part: z.enum(['disk', 'kernel', 'initrd']) }),
        consumes: ['application/octet-stream'],
        response: answers(Done),
      },
    },
    async (request) => {
      await uploadPart(context, request.principal, request.params.image, request.params.part, request.body);
      return {};
    },
  );
  app.post(
    `${v1}/images/:image/seal`,
    { schema: { summary: 'Seal an image: it never changes again', params: ofImage, response: begins } },
    async (request, reply) => {
      reply.status(202);
      return { operation: await sealImage(context, request.principal, request.params.image) };
    },
  );
  app.post(
    `${v1}/images/:image/verify`,
    {
      schema: {
        summary: 'Read an image and compare it with the hash it was sealed with',
        params: ofImage,
        response: begins,
      },
    },
    async (request, reply) => {
      reply.status(202);
      return { operation: await verifyImage(context, request.principal, request.params.image) };
    },
  );
  app.get(
    `${v1}/images`,
    { schema: { summary: 'List images and snapshots', response: answers(z.array(Image)) } },
    (request) => listImages(context, request.principal),
  );
  app.get(
    `${v1}/images/:image`,
    { schema: { summary: 'Show an image', params: ofImage, response: answers(Image) } },
    async (request) => imageView(await requireImage(context.db, request.principal, request.params.image)),
  );
  app.delete(
    `${v1}/images/:image`,
    {
      schema: {
        summary: 'Delete an image or a snapshot that nothing stands on',
        params: ofImage,
        response: answers(Done),
      },
    },
    async (request) => {
      await deleteImage(context, request.principal, request.params.image);
      return {};
    },
  );

  app.post(
    `${v1}/volumes`,
    {
      schema: {
        summary: 'Clone an image',
        body: z.object({ name: NameSchema, project: NameSchema, image: NameSchema }),
        response: answers(Volume),
      },
    },
    (request) => createVolume(context, request.principal, request.body),
  );
  app.get(
    `${v1}/volumes`,
    { schema: { summary: 'List volumes', response: answers(z.array(Volume)) } },
    (request) => listVolumes(context, request.principal),
  );
  app.get(
    `${v1}/volumes/:volume`,
    { schema: { summary: 'Show a volume', params: ofVolume, response: answers(Volume) } },
    (request) => getVolume(context, request.principal, request.params.volume),
  );
  app.delete(
    `${v1}/volumes/:volume`,
    {
      schema: {
        summary: 'Delete a volume that no node runs from',
        params: ofVolume,
        response: answers(Done),
      },
    },
    async (request) => {
      await deleteVolume(context, request.principal, request.params.volume);
      return {};
    },
  );
  app.post(
    `${v1}/volumes/:volume/snapshots`,
    {
      schema: {
        summary: 'Take a snapshot: an image of what the volume holds now',
        params: ofVolume,
        body: z.object({ name: NameSchema }),
        response: answers(Image),
      },
    },
    (request) => snapshotVolume(context, request.principal, request.params.volume, request.body.name),
  );

  app.post(
    `${v1}/boots`,
    {
      schema: {
        summary: 'Boot a node from a clone of an image, or from a volume',
        body: z.object({
          node: NameSchema,
          image: NameSchema.optional(),
          volume: NameSchema.optional(),
          nic: NameSchema.optional(),
          hostname: NameSchema.optional(),
          sshAuthorizedKeys: z.array(AuthorizedKey).max(50).default([]),
          inspection: z
            .string()
            .max(200)
            .optional()
            .describe('An inspection token: the node tells what it is made of, and powers off'),
        }),
        response: { 202: Boot, ...failures },
      },
    },
    async (request, reply) => {
      reply.status(202);
      return await bootView(
        parts.stages,
        await createBoot(context, request.principal, request.token, request.body),
      );
    },
  );
  app.get(
    `${v1}/boots`,
    {
      schema: {
        summary: 'List boots: those that live, or all',
        querystring: z.object({ all: z.stringbool().default(false) }),
        response: answers(z.array(Boot)),
      },
    },
    async (request) => {
      const rows = await listBoots(context, request.principal, request.query);
      return await Promise.all(rows.map((row) => bootView(parts.stages, row)));
    },
  );
  app.get(
    `${v1}/boots/:boot`,
    { schema: { summary: 'Show a boot with its timeline', params: ofBoot, response: answers(Boot) } },
    async (request) =>
      bootView(parts.stages, await requireBoot(context.db, request.principal, request.params.boot)),
  );
  app.delete(
    `${v1}/boots/:boot`,
    {
      schema: {
        summary: 'End a boot: the node goes off, its target is closed; the volume stays unless told',
        params: ofBoot,
        querystring: z.object({ deleteVolume: z.stringbool().default(false) }),
        response: begins,
      },
    },
    async (request, reply) => {
      reply.status(202);
      const boot = await requireBoot(context.db, request.principal, request.params.boot);
      return { operation: await endBoot(context, boot, request.query) };
    },
  );

  app.get(
    `${v1}/operations/:id`,
    {
      schema: {
        summary: 'Show an operation; waits up to `wait` seconds for its end',
        params: z.object({ id: z.uuid() }),
        querystring: z.object({ wait: z.coerce.number().min(0).max(60).default(0) }),
        response: answers(OperationSchema),
      },
    },
    async (request) => {
      const operation = await context.operations.get(request.params.id);
      if (!mayUse(request.principal, operation.project)) throw operationNotFound(request.params.id);
      return await context.operations.wait(request.params.id, request.query.wait * 1000);
    },
  );
}

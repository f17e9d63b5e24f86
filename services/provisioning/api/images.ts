/** Images: declared, uploaded part by part, sealed. */
import { failures, NameSchema } from '@bullion/service';
import { z } from 'zod';
import { checkImageDisk } from '../image-check.ts';
import { checkImage, createImage, deleteImage, listImages, showImage } from '../images.ts';
import { requireProject } from '../projects.ts';
import { showOutput } from '../scripts/output.ts';
import { runOnImage } from '../scripts/run-operation.ts';
import { checkScript } from '../scripts/script.ts';
import { sealImage, verifyImage } from '../seal.ts';
import { uploadPart } from '../uploads.ts';
import { type Parts, routesOf, v1 } from './route.ts';

export const Image = z
  .object({
    name: z.string(),
    project: z.string().nullable().describe('The owner; null is the operator'),
    kind: z.enum(['image', 'snapshot']),
    state: z.enum(['uploading', 'sealed']),
    public: z.boolean(),
    sizeBytes: z.number().int().describe('0 until it is known'),
    sha256: z.string().nullable(),
    parent: z.string().nullable(),
    sharedWith: z.array(z.string()).describe('Projects that may boot it; told to its owner alone'),
    createdAt: z.string(),
  })
  .meta({ id: 'Image' });

const NewImage = z.object({
  name: NameSchema,
  project: NameSchema.nullable(),
  sizeBytes: z
    .number()
    .int()
    .min(0)
    .max(2 ** 46)
    .nullable()
    .default(null)
    .describe('Of the raw disk; null where it comes packed, as qcow2, or from elsewhere'),
  cmdline: z
    .string()
    .max(1000)
    .regex(/^[\x20-\x7e]*$/)
    .nullable()
    .default(null)
    .describe('Of its kernel; null for an image that boots by its own boot loader'),
  public: z.boolean().default(false),
});
/** 64 KiB: what is longer is fetched by the script's image, or is in a recipe. */
const Script = z
  .string()
  .min(1)
  .max(65536)
  .describe('Run as root in the image, without a network; /bin/sh without #!');
const TimeoutSeconds = z.number().int().min(1).max(3600).default(600);
const Seal = z.object({ script: Script.optional(), timeoutSeconds: TimeoutSeconds }).nullish();
const Run = z.object({
  name: NameSchema.describe('Of the image that is made'),
  project: NameSchema.nullable(),
  script: Script,
  timeoutSeconds: TimeoutSeconds,
});
const Done = z.object({}).meta({ id: 'Done' });
const Output = z
  .object({ output: z.string().describe('The last 256 KiB of it'), at: z.string() })
  .meta({ id: 'ScriptOutput' });
const BootReport = z
  .object({
    boots: z.enum(['yes', 'no', 'unknown']).describe('As far as a disk can tell: it was not booted'),
    system: z.string().optional(),
    findings: z.array(
      z.object({
        what: z.string(),
        state: z.enum(['ok', 'missing', 'unknown']),
        found: z.string(),
        todo: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'BootReport' });
const scriptOf = (body: z.output<typeof Seal>) =>
  body?.script === undefined ? undefined : { script: body.script, timeoutSeconds: body.timeoutSeconds };
export const ofImage = z.object({ image: NameSchema });
const ofPart = ofImage.extend({ part: z.enum(['disk', 'kernel', 'initrd']) });

export function addImageRoutes(parts: Parts): void {
  const { app, context } = parts;
  const { reads, lists, writes, begins } = routesOf(parts);
  writes(
    'POST /images',
    { summary: 'Declare an image; upload its parts and seal it', body: NewImage, answer: Image },
    async ({ body, principal, commit }) => {
      await checkImage(context, principal, body);
      return await commit((change) => createImage(change, body));
    },
  );
  lists(
    'GET /images',
    { summary: 'List images and snapshots', items: Image },
    ({ query, principal }) => listImages(context, principal, query),
    ({ name }) => name,
  );
  reads(
    'GET /images/:image',
    { summary: 'Show an image', params: ofImage, answer: Image },
    ({ params, principal }) => showImage(context, principal, params.image),
  );
  writes(
    'DELETE /images/:image',
    { summary: 'Delete an image or a snapshot that nothing stands on', params: ofImage },
    ({ params, commit }) => commit((change) => deleteImage(context, change, params.image)),
  );
  begins(
    'POST /images/:image/seal',
    { summary: 'Seal an image: it never changes again', params: ofImage, body: Seal },
    ({ params, body }, change) => sealImage(context, change, params.image, scriptOf(body)),
    async ({ body }) => {
      if (scriptOf(body)) await checkScript(context);
    },
  );
  begins(
    'POST /images/:image/run',
    { summary: 'Run a script on a clone of an image, and seal what comes of it', params: ofImage, body: Run },
    ({ params, body }, change) => runOnImage(context, change, params.image, body),
    async ({ body, principal }) => {
      if (body.project !== null) await requireProject(context, principal, body.project);
      await checkScript(context);
    },
  );
  reads(
    'GET /operations/:id/output',
    {
      summary: 'What the script of an operation has written',
      params: z.object({ id: z.uuid() }),
      answer: Output,
    },
    ({ params, principal }) => showOutput(context, principal, params.id),
  );
  reads(
    'GET /images/:image/check',
    {
      summary: 'Whether it can boot over iSCSI by its own boot loader, and what it lacks',
      params: ofImage,
      answer: BootReport,
    },
    ({ params, principal }) => checkImageDisk(context, principal, params.image),
  );
  begins(
    'POST /images/:image/verify',
    { summary: 'Read an image and compare it with the hash it was sealed with', params: ofImage },
    ({ params }, change) => verifyImage(context, change, params.image),
  );

  // The body of an upload goes to its file as it comes. Sent again it takes the place of what came before.
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body));
  app.put(
    `${v1}/images/:image/:part`,
    {
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: 'Upload a part',
        params: ofPart,
        consumes: ['application/octet-stream'],
        response: { 200: Done, ...failures },
      },
    },
    async (request) => {
      await uploadPart(context, request.principal, request.params.image, request.params.part, request.body);
      return {};
    },
  );
}

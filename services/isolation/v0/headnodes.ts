/** Head nodes: virtual machines that HIL starts for a project from images. Here are no images, and so no head nodes. */
import { invalid, notFound } from '@bullion/service';
import type { z } from 'zod';
import { requireProject } from '../projects.ts';
import { args, text } from './arguments.ts';
import { type Face, routesOf } from './route.ts';

const ofHeadnode = args({ headnode: text });
const ofHnic = args({ headnode: text, hnic: text });

const CALLS: Record<string, z.ZodType<{ headnode: string }>> = {
  'GET /headnode/:headnode': ofHeadnode,
  'DELETE /headnode/:headnode': ofHeadnode,
  'POST /headnode/:headnode/start': ofHeadnode,
  'POST /headnode/:headnode/stop': ofHeadnode,
  'PUT /headnode/:headnode/hnic/:hnic': ofHnic,
  'DELETE /headnode/:headnode/hnic/:hnic': ofHnic,
  'POST /headnode/:headnode/hnic/:hnic/connect_network': args({ headnode: text, hnic: text, network: text }),
  'POST /headnode/:headnode/hnic/:hnic/detach_network': ofHnic,
};

export function addHeadnodeCalls(face: Face): void {
  const { db } = face.context;
  const { reads } = routesOf(face);
  reads('GET /headnode_images/', args({}), {}, () => []);
  reads(
    'GET /project/:project/headnodes',
    args({ project: text }),
    {},
    async ({ args: { project }, principal }) => {
      await requireProject(db, principal, project);
      return [];
    },
  );
  reads(
    'PUT /headnode/:headnode',
    args({ headnode: text, project: text, base_img: text }),
    {},
    ({ args }) => {
      throw invalid(
        'headnode_image_unknown',
        `There is no head-node image "${args.base_img}", nor any other.`,
        'Allocate a node for what the head node did.',
      );
    },
  );
  for (const [at, schema] of Object.entries(CALLS)) {
    reads(at, schema, {}, ({ args: { headnode } }) => {
      throw notFound('headnode', headnode, 'There are no head nodes here.');
    });
  }
}

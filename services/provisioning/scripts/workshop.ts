/** The workshop: an image of the operator's whose kernel and initramfs run scripts (node-image/recipes/workshop.yaml). */
import { BullionError } from '@bullion/service';
import { partPath } from '../boot-files.ts';
import type { Context } from '../context.ts';

const NAME = 'workshop';

/** Throws `workshop_missing`. */
export async function workshopFiles(context: Context): Promise<{ kernel: string; initrd: string }> {
  // Names are everybody's: a tenant's image of that name is not it.
  const image = await context.db
    .selectFrom('images')
    .select('id')
    .where('name', '=', NAME)
    .where('project', 'is', null)
    .where('state', '=', 'sealed')
    .where('cmdline', 'is not', null)
    .executeTakeFirst();
  if (image) {
    return { kernel: partPath(context, image.id, 'kernel'), initrd: partPath(context, image.id, 'initrd') };
  }
  throw new BullionError(
    'conflict',
    'workshop_missing',
    `Scripts run in the operator's image "${NAME}", and there is none.`,
    { hint: `The operator makes it, once: bullion image build ${NAME} --recipe ${NAME}` },
  );
}

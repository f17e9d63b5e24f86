/** At start: layers of the volume store that no row names, which a crash between the two has left, are deleted. */
import type { Context } from './context.ts';

export async function collectGarbage({ db, store, log }: Context): Promise<void> {
  const images = await db.selectFrom('images').select('id').execute();
  const volumes = await db.selectFrom('volumes').select('id').execute();
  const named = new Set([...images, ...volumes].map(({ id }) => id));
  for (;;) {
    const rubbish = (await store.list()).filter(
      (layer) => !named.has(layer.name) && layer.children.length === 0,
    );
    if (rubbish.length === 0) return;
    for (const layer of rubbish) {
      log.info({ layer: layer.name }, 'deleting a layer that nothing names');
      await store.delete(layer.name);
    }
  }
}

/** What DHCP saw, as a stage of a boot. */
import { messageOf } from '@bullion/service';
import type { Context } from '../context.ts';
import type { Stages } from '../stages.ts';
import { whyNoBootFile } from './architectures.ts';
import type { DhcpEvent } from './log.ts';

/** The first DISCOVER after power-on says that the firmware is through. One that cannot be given a boot file fails the boot. */
export async function noteDhcp({ db, log }: Context, stages: Stages, event: DhcpEvent): Promise<void> {
  if (event.kind !== 'discover') return;
  try {
    const boot = await db
      .selectFrom('boots')
      .select('id')
      .where('mac', '=', event.mac)
      .where('state', '=', 'booting')
      .executeTakeFirst();
    if (!boot) return;
    const poweredOn = (await stages.timeline(boot.id)).some(({ stage }) => stage === 'power-on');
    if (!poweredOn) return;
    await stages.reach(boot.id, 'dhcp');
    const message = event.architecture === undefined ? undefined : whyNoBootFile(event.architecture);
    if (message === undefined) return;
    // Firmware would ask on and on, and say no more on its console than that there is nothing to boot.
    await db
      .updateTable('boots')
      .set({ error: JSON.stringify({ code: 'no_boot_file', message }) })
      .where('id', '=', boot.id)
      .where('state', '=', 'booting')
      .execute();
    stages.wake(boot.id);
  } catch (error) {
    log.error({ mac: event.mac, error: messageOf(error) }, 'DHCP stage not recorded');
  }
}

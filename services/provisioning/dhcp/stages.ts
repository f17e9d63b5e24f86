/** What DHCP saw, as a stage of a boot. */
import { messageOf } from '@bullion/service';
import type { Context } from '../context.ts';
import type { Stages } from '../stages.ts';
import type { DhcpEvent } from './log.ts';

/** The first DISCOVER after power-on says that the firmware is through. */
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
    if (poweredOn) await stages.reach(boot.id, 'dhcp');
  } catch (error) {
    log.error({ mac: event.mac, error: messageOf(error) }, 'DHCP stage not recorded');
  }
}

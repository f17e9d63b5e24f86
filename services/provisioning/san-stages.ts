/**
 * Stages of a disk that boots by its own boot loader. Nothing in it reports to us, so they are read from the logins at
 * its target: the first is iPXE's, and the boot loader's blocks come through it; the next under another session identifier
 * (ISID, RFC 7143 section 4.2.7) is the operating system's own initiator, which has taken the disk over. That counts as running:
 * more is not known of it.
 */
import { messageOf } from '@bullion/service';
import type { Context } from './context.ts';
import { bootOf } from './exports.ts';
import type { Stages } from './stages.ts';
import type { Login } from './storage/storage.ts';

export class SanStages {
  readonly #context: Context;
  readonly #stages: Stages;
  /** By boot, the ISID of iPXE's session. */
  readonly #firmware = new Map<string, string>();

  constructor(context: Context, stages: Stages) {
    this.#context = context;
    this.#stages = stages;
  }

  async note(login: Login): Promise<void> {
    try {
      const boot = await this.#bootingFrom(login.target);
      if (!boot) return;
      const firmware = this.#firmware.get(boot);
      const loaded = (await this.#stages.timeline(boot)).some(({ stage }) => stage === 'loaded');
      if (!loaded || firmware === undefined) {
        this.#firmware.set(boot, login.isid);
        await this.#stages.reach(boot, 'loaded');
      } else if (login.isid !== firmware) {
        this.#firmware.delete(boot);
        await this.#stages.reach(boot, 'kernel');
        await this.#stages.reach(boot, 'running');
      }
    } catch (error) {
      this.#context.log.error(
        { target: login.target, error: messageOf(error) },
        'stage of a self-booting disk not recorded',
      );
    }
  }

  /** The boot under way whose disk this target is, if its image boots by its own boot loader. */
  async #bootingFrom(target: string | undefined): Promise<string | undefined> {
    if (target === undefined) return undefined;
    const boot = await this.#context.db
      .selectFrom('boots')
      .innerJoin('images', 'images.name', 'boots.image')
      .select('boots.id')
      .where('boots.id', '=', bootOf(target))
      .where('boots.state', '=', 'booting')
      .where('images.cmdline', 'is', null)
      .executeTakeFirst();
    return boot?.id;
  }
}

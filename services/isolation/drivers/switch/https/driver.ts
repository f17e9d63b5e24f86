/** What the drivers of switches that are asked over HTTPS have in common: all but what is said. */
import { messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import type { SwitchCapabilities, SwitchDriver } from '../driver.ts';
import { switchFailed, switchSettingsInvalid } from '../errors.ts';
import { HTTPS_SECRETS, HttpsClient, type HttpsSettings } from './client.ts';
import { type HttpsSwitch, httpsSession, type Snapshot } from './session.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export type HttpsMake<Settings extends HttpsSettings, S extends Snapshot> = {
  readonly type: string;
  readonly capabilities: SwitchCapabilities;
  readonly settingsSchema: z.ZodType<Settings>;
  readonly portNameSchema: SwitchDriver['portNameSchema'];
  /** Speaks the make's language over a connection. */
  speak(client: HttpsClient, settings: Settings): HttpsSwitch<S>;
};

export function httpsDriver<Settings extends HttpsSettings, S extends Snapshot>(
  make: HttpsMake<Settings, S>,
): SwitchDriver {
  const { type, capabilities, settingsSchema, portNameSchema } = make;
  return {
    type,
    capabilities,
    settingsSchema,
    secretSettings: HTTPS_SECRETS,
    portNameSchema,
    async connect(settings, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
      const parsed = settingsSchema.safeParse(settings);
      if (!parsed.success) throw switchSettingsInvalid(type, z.prettifyError(parsed.error));
      const client = new HttpsClient(parsed.data, { signal, timeoutMs });
      const { address } = parsed.data;
      const session = httpsSession({ type, capabilities, address }, make.speak(client, parsed.data));
      try {
        await session.listPorts();
        return session;
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

/** What `parse` makes of an answer; `switch_failed`, with what was asked, when it throws. */
export function understood<T>(address: string, asked: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw switchFailed(
      address,
      `\`${asked}\` answered what we do not understand: ${messageOf(error)}`,
      error,
    );
  }
}

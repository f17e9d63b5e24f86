/** What the drivers of switches with a command line over HTTPS have in common: all but the commands themselves. */
import { z } from 'zod';
import type { SwitchDriver } from '../driver.ts';
import { switchSettingsInvalid } from '../errors.ts';
import { HttpsClient } from './https.ts';
import { CLI_SECRETS, CliSession, type CliSwitch, cliCapabilities, cliSettingsSchema } from './session.ts';

const DEFAULT_TIMEOUT_MS = 5000;

/** A driver of one make: `speak` says its commands over a connection to the switch at `address`. */
export function cliDriver(
  type: string,
  portNameSchema: SwitchDriver['portNameSchema'],
  speak: (client: HttpsClient, address: string) => CliSwitch,
): SwitchDriver {
  return {
    type,
    capabilities: cliCapabilities,
    settingsSchema: cliSettingsSchema,
    secretSettings: CLI_SECRETS,
    portNameSchema,
    async connect(settings, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
      const parsed = cliSettingsSchema.safeParse(settings);
      if (!parsed.success) throw switchSettingsInvalid(type, z.prettifyError(parsed.error));
      const client = new HttpsClient(parsed.data, { signal, timeoutMs });
      const session = new CliSession(type, speak(client, parsed.data.address), parsed.data);
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

/** How a machine without a BMC is woken, and reached to be shut down. */
import { z } from 'zod';
import { SSH_SECRETS, sshSettings } from '../../switch/ssh/settings.ts';
import { nameOf, parseSettings, portSchema } from '../settings.ts';
import { MAC, magicPacket } from './packet.ts';

const SSH_PORT = 22;

const command = z.string().regex(/^\P{Cc}{1,500}$/u, 'must be one line of a shell');

export const wolSettingsSchema = z.strictObject({
  ...sshSettings,
  port: portSchema.default(SSH_PORT),
  mac: z.string().regex(MAC, 'must be a MAC address, with ":" or "-"').describe('of the NIC that wakes it'),
  /** Routers pass a limited broadcast on to nobody: for a machine on another network name that one's own. */
  broadcast: z.ipv4().default('255.255.255.255'),
  /** Nobody listens to it: NICs look for the packet in any frame. 7 and 9 are the custom. */
  wakePort: portSchema.default(9),
  secureOn: z
    .string()
    .refine(isSecureOn, 'must be six bytes as a MAC address has them, or four as an IPv4 address')
    .optional(),
  /** Run by the login shell of `username`; put `sudo -n` before where that is not root. */
  shutdown: command.default('systemctl poweroff'),
  reboot: command.default('systemctl reboot'),
  /** For how long it must not answer before it is taken to be off. */
  quietSeconds: z.number().min(0.5).max(15).default(5),
});

export type WolSettings = z.infer<typeof wolSettingsSchema>;

export const WOL_SECRETS: readonly string[] = [...SSH_SECRETS, 'secureOn'];

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export const parseWolSettings = (settings: unknown): WolSettings =>
  parseSettings('wol', wolSettingsSchema, settings);

/** What a machine is called in messages, and the key of its turn. */
export const machineName = (settings: WolSettings): string => nameOf(settings, SSH_PORT);

function isSecureOn(text: string): boolean {
  try {
    magicPacket('00:00:00:00:00:00', text);
    return true;
  } catch {
    return false;
  }
}

/** The errors that every BMC driver speaks. None of them ever holds a secret. */
import { BullionError } from '@bullion/service/errors';

const MOST_CHARACTERS = 300;

/** What a BMC said of itself, fit for a message: it might repeat what it was sent, and at any length. */
export const repeatable = (said: string, password: string): string =>
  said.replaceAll(password, '***').slice(0, MOST_CHARACTERS);

export const bmcUnreachable = (address: string, why: string, cause?: unknown) =>
  new BullionError('unavailable', 'bmc_unreachable', `BMC at ${address} does not answer: ${why}`, {
    hint: 'Check that the BMC has power and a network, that its address and port are right, and that its remote access is on.',
    details: { address },
    cause,
  });

/** `secret` is what proves the user: "password", "key". */
export const bmcWrongPassword = (address: string, username: string, secret = 'password') =>
  new BullionError(
    'bad_gateway',
    'bmc_wrong_password',
    `BMC at ${address} refused the user "${username}": the user name or the ${secret} is wrong.`,
    {
      hint: `Correct the node's BMC user name and ${secret}; try them once by hand before a BMC locks the user out.`,
      details: { address, username },
    },
  );

/** Whoever answers cannot prove to be the BMC that was registered. It was told nothing, no password either. */
export const bmcUntrusted = (
  address: string,
  why: string,
  hint: string,
  details: Readonly<Record<string, unknown>> = {},
) =>
  new BullionError('bad_gateway', 'bmc_untrusted', `BMC at ${address} ${why}`, {
    hint,
    details: { address, ...details },
  });

/** The user is known, but may not do this, or the BMC does not offer it. */
export const bmcRefused = (address: string, what: string, why: string) =>
  new BullionError('bad_gateway', 'bmc_refused', `BMC at ${address} refused to ${what}: ${why}`, {
    hint: 'Give the BMC user the privilege level "administrator", and enable the function (IPMI over LAN, serial over LAN) in the BMC.',
    details: { address },
  });

/** What a driver does not declare, and is asked for all the same. */
export const bmcLacks = (type: string, address: string, what: string) =>
  new BullionError(
    'invalid',
    'bmc_capability_missing',
    `BMC at ${address} cannot ${what}: the driver "${type}" has no such capability.`,
    {
      hint: "Do without it, or register the node with another driver that its BMC speaks; the drivers' README says which can.",
      details: { address, type },
    },
  );

export const bmcWrongState = (address: string, what: string) =>
  new BullionError(
    'conflict',
    'bmc_wrong_state',
    `BMC at ${address} cannot ${what} while the server is off.`,
    {
      hint: 'Power the server on instead.',
      details: { address },
    },
  );

export const bmcFailed = (address: string, what: string, why: string) =>
  new BullionError('bad_gateway', 'bmc_failed', `BMC at ${address} did not ${what}: ${why}`, {
    hint: "Look at the BMC's own log; if it hangs, reset the BMC (`mc reset cold`).",
    details: { address },
  });

export const bmcConsoleTaken = (address: string) =>
  new BullionError(
    'conflict',
    'bmc_console_taken',
    `Another session holds the console of the BMC at ${address}.`,
    {
      hint: 'Close the other console, or open this one again to take it over.',
      details: { address },
    },
  );

export const bmcSettingsInvalid = (type: string, why: string) =>
  new BullionError(
    'invalid',
    'bmc_settings_invalid',
    `The settings of this ${type} BMC are not valid: ${why}`,
    {
      hint: 'Correct the BMC settings of the node.',
      details: { type },
    },
  );

/** The errors that every BMC driver speaks. None of them ever holds a secret. */
import { BullionError } from '@bullion/service/errors';

export const bmcUnreachable = (address: string, why: string, cause?: unknown) =>
  new BullionError('unavailable', 'bmc_unreachable', `BMC at ${address} does not answer: ${why}`, {
    hint: 'Check that the BMC has power and a network, that its address and port are right, and that its remote access is on.',
    details: { address },
    cause,
  });

export const bmcWrongPassword = (address: string, username: string) =>
  new BullionError(
    'bad_gateway',
    'bmc_wrong_password',
    `BMC at ${address} refused the user "${username}": the user name or the password is wrong.`,
    {
      hint: "Correct the node's BMC user name and password; try them once by hand before a BMC locks the user out.",
      details: { address, username },
    },
  );

/** The user is known, but may not do this, or the BMC does not offer it. */
export const bmcRefused = (address: string, what: string, why: string) =>
  new BullionError('bad_gateway', 'bmc_refused', `BMC at ${address} refused to ${what}: ${why}`, {
    hint: 'Give the BMC user the privilege level "administrator", and enable the function (IPMI over LAN, serial over LAN) in the BMC.',
    details: { address },
  });

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

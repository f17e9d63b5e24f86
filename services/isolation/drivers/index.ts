/** The drivers that a registration can name, by their type. A new driver is added here and nowhere else. */
import { BullionError } from '@bullion/service/errors';
import { amtDriver } from './bmc/amt/driver.ts';
import type { BmcDriver } from './bmc/driver.ts';
import { ipmiDriver } from './bmc/ipmi/driver.ts';
import { obmdDriver } from './bmc/obmd/driver.ts';
import { redfishDriver } from './bmc/redfish/driver.ts';
import { wolDriver } from './bmc/wol/driver.ts';
import type { SwitchDriver } from './switch/driver.ts';
import { eosDriver } from './switch/eos/driver.ts';
import { junosDriver } from './switch/junos/driver.ts';
import { linuxBridgeDriver } from './switch/linux-bridge/driver.ts';
import { nxosDriver } from './switch/nxos/driver.ts';
import { os9Driver } from './switch/os9/driver.ts';
import { os10Driver } from './switch/os10/driver.ts';
import { ovsDriver } from './switch/ovs/driver.ts';

export type * from './bmc/driver.ts';
export type * from './switch/driver.ts';
export * from './switch/port.ts';

export type Drivers<D> = ReadonlyMap<string, D>;

/** A registry of drivers; tests make their own with the memory drivers in it. */
export function driversOf<D extends { readonly type: string }>(...drivers: D[]): Drivers<D> {
  return new Map(drivers.map((driver) => [driver.type, driver]));
}

export const switchDrivers: Drivers<SwitchDriver> = driversOf<SwitchDriver>(
  ovsDriver,
  linuxBridgeDriver,
  nxosDriver,
  eosDriver,
  junosDriver,
  os10Driver,
  os9Driver,
);
export const bmcDrivers: Drivers<BmcDriver> = driversOf<BmcDriver>(
  ipmiDriver,
  redfishDriver,
  amtDriver,
  wolDriver,
  obmdDriver,
);

/** Throws `driver_not_found`, naming the types that there are. `noun` is what is registered: `switch`, `BMC`. */
export function driverOf<D>(drivers: Drivers<D>, noun: string, type: string): D {
  const driver = drivers.get(type);
  if (driver !== undefined) return driver;
  throw new BullionError('invalid', 'driver_not_found', `There is no ${noun} driver "${type}".`, {
    hint: `Use one of: ${[...drivers.keys()].join(', ')}.`,
    details: { type },
  });
}

/**
 * What a machine with AMT boots from next (DSP1012, Boot Control Profile; Intel's own settings beside it). AMT keeps it
 * for one boot only, and only the first order that it is given: so an earlier one is taken back before.
 */
import type { Element } from '../../xml.ts';
import type { BootDevice } from '../driver.ts';
import type { Client } from './client.ts';
import type { Field, Instance } from './envelope.ts';

const CONFIGURATION: Instance = {
  class: 'CIM_BootConfigSetting',
  keys: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' },
};
const SERVICE: Instance = { class: 'CIM_BootService', keys: { Name: 'Intel(r) AMT Boot Service' } };
const OPTIONS: Instance = {
  class: 'AMT_BootSettingData',
  keys: { InstanceID: 'Intel(r) AMT:BootSettingData 0' },
};

const SOURCES = { network: 'Intel(r) AMT: Force PXE Boot', disk: 'Intel(r) AMT: Force Hard-drive Boot' };

/** The roles of a configuration that AMT knows. */
const ROLE = { nextSingleUse: '1', notNext: '32768' };

export async function setBoot(client: Client, device: BootDevice['device']): Promise<void> {
  const changeOrder = (...sources: Field[]) => client.invoke('ChangeBootOrder', CONFIGURATION, sources);
  const setRole = (role: string) =>
    client.invoke('SetBootConfigRole', SERVICE, [
      ['BootConfigSetting', CONFIGURATION],
      ['Role', role],
    ]);
  await changeOrder();
  if (device === 'none') return await setRole(ROLE.notNext);
  const cleared = clearedOptions(await client.get(OPTIONS));
  if (cleared !== undefined) await client.put(OPTIONS, cleared);
  await changeOrder(['Source', { class: 'CIM_BootSourceSetting', keys: { InstanceID: SOURCES[device] } }]);
  await setRole(ROLE.nextSingleUse);
}

/** Written back as they were read: the keys, the names, and what is not an option for one boot. */
const KEPT = new Set(['InstanceID', 'ElementName', 'OwningEntity', 'EnforceSecureBoot']);
/** What AMT tells and does not take: what happened at the last boot, what the BIOS lets one do, a password. */
const READ_ONLY = new Set([
  ...['BIOSLastStatus', 'BootguardStatus', 'OptionsCleared', 'RPEEnabled', 'RSEPassword'],
  ...['SecureBootControlEnabled', 'UEFIHTTPSBootEnabled', 'UEFILocalPBABootEnabled', 'WinREBootEnabled'],
  'UefiBootParameters',
]);

/**
 * The options for the next boot, all switched off: several (SOL, IDE-R, BIOS setup) keep a boot source from being
 * chosen, and others (erase the platform) nobody wants to meet. Undefined when all are off.
 */
export function clearedOptions({ children }: Element): Field[] | undefined {
  const taken = children.filter(({ name }) => !READ_ONLY.has(name));
  const cleared = taken.map(({ name, text }): Field => {
    const off = text === 'true' ? 'false' : /^\d+$/.test(text) ? '0' : text;
    return [name, KEPT.has(name) ? text : off];
  });
  return cleared.some(([, value], at) => value !== taken[at]!.text) ? cleared : undefined;
}

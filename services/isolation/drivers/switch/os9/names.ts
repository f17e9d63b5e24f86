/**
 * The names of OS9's ports: `GigabitEthernet1/3` here, `GigabitEthernet 1/3` in commands, `Gi 1/3` in tables, `gige-1-3` in
 * the REST API. Pure.
 */
import { z } from 'zod';

/** In commands, in tables, in the REST API. */
const KINDS = [
  ['GigabitEthernet', 'Gi', 'gige'],
  ['TenGigabitEthernet', 'Te', 'tengig'],
  ['twentyFiveGigE', 'Tf', 'twentyfivegig'],
  ['fortyGigE', 'Fo', 'fortygig'],
  ['fiftyGigE', 'Fi', 'fiftygig'],
  ['hundredGigE', 'Hu', 'hundredgig'],
] as const;

const NUMBER = String.raw`\d{1,2}/\d{1,3}(?:/\d{1,2})?`;
const FULL = KINDS.map(([full]) => full).join('|');

export const os9PortSchema = z
  .string()
  .regex(
    new RegExp(`^(${FULL})${NUMBER}$`),
    'must be like TenGigabitEthernet1/3, written in full and without a space',
  );

/** As it is said in commands (with `between` a space), of a name in full or as in tables; undefined: no port of ours. */
export function spoken(text: string, between = ''): string | undefined {
  const [, word, number] = new RegExp(`^([A-Za-z]+) ?(${NUMBER})$`).exec(text) ?? [];
  const kind = KINDS.find(([full, short]) =>
    [full, short].some((one) => one.toLowerCase() === word?.toLowerCase()),
  );
  return kind && `${kind[0]}${between}${number}`;
}

/** From the REST API; undefined: no port of ours. */
export function fromApi(text: string): string | undefined {
  const [, word, number] = /^([a-z]+)-(\d[\d-]*)$/.exec(text) ?? [];
  const kind = KINDS.find(([, , api]) => api === word);
  return kind && spoken(`${kind[0]} ${number!.replaceAll('-', '/')}`);
}

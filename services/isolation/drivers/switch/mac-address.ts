/** MAC addresses as makes write them: `0050.5663.b4d8`, `00:50:56:63:b4:d8`, `00-50-56-63-B4-D8`. Pure. */

const PAIRS = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
const DOTTED = /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i;

/** The form of LearnedAddress, or undefined when the text is no MAC address. */
export function toMac(text: string): string | undefined {
  if (!PAIRS.test(text) && !DOTTED.test(text)) return undefined;
  return text
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '')
    .replace(/..(?=.)/g, '$&:');
}

/** An id of LLDP: a MAC address in our form, anything else as it is. */
export const toId = (text: string): string => toMac(text) ?? text;

/** iPXE's prompt for a person, which waits two seconds at each boot from the network, and the key that ends the wait. */

const PROMPT = 'Press Ctrl-B for the iPXE command line';
/** Any key but Ctrl-B. Firmware that does not wait any more has no use for it either. */
const KEY = ' ';

/** What to do with each piece that a server sends: `type` is called with the key as soon as the prompt is whole. */
export function passPrompt(type: (key: string) => void): (bytes: Buffer) => void {
  let tail = '';
  return (bytes) => {
    const text = tail + bytes.toString('latin1');
    const at = text.indexOf(PROMPT);
    if (at >= 0) type(KEY);
    // A prompt may come in pieces; one that was answered is not seen twice.
    tail = (at < 0 ? text : text.slice(at + PROMPT.length)).slice(1 - PROMPT.length);
  };
}

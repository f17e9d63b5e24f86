/**
 * Text that a server or a stranger chose, made safe for a terminal and readable for a person: escape sequences are taken
 * out as a whole. Works on what is printed through a pipe or kept in a log; what a full-screen program draws is lost.
 */

/** ECMA-48 sections 5.3 to 5.6: control sequences and strings as a whole, so that no `[0m` is left of them. */
const ESCAPE_SEQUENCE = new RegExp(
  [
    '\u001b\\[[0-?]*[ -/]*[@-~]',
    '\u001b[\\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\\\)',
    '\u001b[ -/]*[0-~]',
  ].join('|'),
  'g',
);

/** Text of several lines, such as an error or a console log, without anything that drives the terminal. */
export function plainLines(text: string): string {
  if (!/(?!\n)\p{Cc}/u.test(text)) return text;
  return text
    .replaceAll(ESCAPE_SEQUENCE, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/(?!\n)\p{Cc}/gu, '');
}

/** Text that ends within a sequence, or between the two characters of a line's end. */
const OPEN_END = new RegExp(
  ['\u001b\\[[0-?]*[ -/]*$', '\u001b[\\]PX^_][^\u0007\u001b]*\u001b?$', '\u001b[ -/]*$', '\r$'].join('|'),
);
/** A sequence that is longer without an end is none: it must not be held for ever. */
const SEQUENCE_CHARS = 4096;

/** The same for bytes that come in pieces: what may be the beginning of a sequence or character waits for its end. */
export class PlainText {
  readonly #decoder = new TextDecoder();
  #held = '';

  /** What can be shown now. */
  add(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    const open = OPEN_END.exec(text)?.index ?? text.length;
    const cut = text.length - open > SEQUENCE_CHARS ? text.length : open;
    this.#held = text.slice(cut);
    return plainLines(text.slice(0, cut));
  }

  /** The rest. */
  end(): string {
    return plainLines(this.#held + this.#decoder.decode());
  }
}

/**
 * As much of XML 1.0 as NETCONF and SOAP use (RFC 6241, section 3: UTF-8, no document type; SOAP 1.2, part 1, section 5:
 * neither), read strictly. Pure. Elements are known by their local names, since everything in one answer comes from one
 * device's own models.
 */
export type Element = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** The text directly in it, trimmed. */
  readonly text: string;
};

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y;
const SPACE = /\s*/y;
const MAX_DEPTH = 100;

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The root element. Throws SyntaxError on anything that is not one well-formed document. */
export function parseXml(source: string): Element {
  return new Parser(source).document();
}

export const childrenOf = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((child) => child.name === name) ?? [];

export const childOf = (element: Element | undefined, ...path: string[]): Element | undefined =>
  path.reduce<Element | undefined>((at, name) => at?.children.find((child) => child.name === name), element);

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  document(): Element {
    this.#take(SPACE);
    this.#aside();
    if (!this.#is('<')) this.#fail('no element');
    const root = this.#element(0);
    this.#aside();
    if (this.#at !== this.#source.length) this.#fail('text after the root');
    return root;
  }

  /** White space, comments and processing instructions; the XML declaration looks like one. */
  #aside(): void {
    for (;;) {
      this.#take(SPACE);
      if (this.#is('<!--')) this.#skipTo('-->');
      else if (this.#is('<?')) this.#skipTo('?>');
      else return;
    }
  }

  #element(depth: number): Element {
    if (depth > MAX_DEPTH) this.#fail('elements too deep');
    this.#expect('<');
    const name = this.#take(NAME);
    const attributes = new Map<string, string>();
    for (;;) {
      this.#take(SPACE);
      if (this.#is('/>') || this.#is('>')) break;
      const key = this.#take(NAME);
      this.#take(SPACE);
      this.#expect('=');
      this.#take(SPACE);
      const quote = this.#is('"') ? '"' : "'";
      this.#expect(quote);
      const value = this.#upTo(quote);
      if (value.includes('<') || attributes.has(key)) this.#fail(`attribute ${key}`);
      attributes.set(key, this.#decode(value));
    }
    const element = { name: local(name), attributes, children: [] as Element[], text: '' };
    if (this.#is('/>')) {
      this.#expect('/>');
      return element;
    }
    this.#expect('>');
    for (;;) {
      const start = this.#source.indexOf('<', this.#at);
      if (start < 0) this.#fail(`<${name}> has no end`);
      element.text += this.#decode(this.#source.slice(this.#at, start));
      this.#at = start;
      if (this.#is('</')) break;
      if (this.#is('<![CDATA[')) {
        this.#expect('<![CDATA[');
        element.text += this.#upTo(']]>');
      } else if (this.#is('<!--')) this.#skipTo('-->');
      else if (this.#is('<?')) this.#skipTo('?>');
      else element.children.push(this.#element(depth + 1));
    }
    this.#expect(`</${name}`);
    this.#take(SPACE);
    this.#expect('>');
    return { ...element, text: element.text.trim() };
  }

  #decode(text: string): string {
    return text.replace(/&([^;\s]{0,10};)?/g, (whole) => {
      const [, hex, decimal, name] = /^&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));$/.exec(whole) ?? [];
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const sign =
        name !== undefined ? ENTITIES[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
      return sign ?? this.#fail(`entity ${whole}`);
    });
  }

  #is(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #expect(text: string): void {
    if (!this.#is(text)) this.#fail(`expected "${text}"`);
    this.#at += text.length;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found === undefined) this.#fail('expected a name');
    this.#at += found.length;
    return found;
  }

  #upTo(mark: string): string {
    const end = this.#source.indexOf(mark, this.#at);
    if (end < 0) this.#fail(`"${mark}" is missing`);
    const text = this.#source.slice(this.#at, end);
    this.#at = end + mark.length;
    return text;
  }

  #skipTo(mark: string): void {
    this.#upTo(mark);
  }

  #fail(why: string): never {
    throw new SyntaxError(`not well-formed XML at character ${this.#at}: ${why}`);
  }
}

const local = (name: string) => name.slice(name.indexOf(':') + 1);

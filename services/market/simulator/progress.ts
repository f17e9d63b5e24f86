/** A bar for people; where nobody watches, nothing. */

const WIDTH = 30;
const EVERY_MS = 100;

export function progressBar(to: NodeJS.WriteStream, what: string): { at(share: number): void; end(): void } {
  let shown = 0;
  const show = (share: number) => {
    const full = Math.round(share * WIDTH);
    to.write(
      `\r${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${String(Math.round(share * 100)).padStart(3)} %  ${what}\x1b[K`,
    );
  };
  return {
    at(share) {
      const now = performance.now();
      if (!to.isTTY || now - shown < EVERY_MS) return;
      shown = now;
      show(share);
    },
    end() {
      if (to.isTTY) {
        show(1);
        to.write('\n');
      } else to.write(`${what}\n`);
    },
  };
}

/** Replays a recorded boot as fast as the server answers: in its order, with as much under way as an initiator has. */
import type { TracedOperation } from '../../accounting/trace.ts';
import type { LoadSession } from './load-session.ts';

/** What a booting kernel's read-ahead has under way, about. */
const DEPTH = 4;

/** Resolves when all is answered. A flush waits for what came before it, and what comes after it waits for it. */
export function replay(session: LoadSession, trace: readonly TracedOperation[]): Promise<void> {
  return new Promise((resolve, reject) => {
    session.onFailure = reject;
    let next = 0;
    let underWay = 0;
    let alone = false;
    const done = (): void => {
      underWay -= 1;
      alone = false;
      proceed();
    };
    const proceed = (): void => {
      while (next < trace.length && underWay < DEPTH && !alone) {
        const operation = trace[next]!;
        if (operation.kind === 'flush') {
          if (underWay > 0) return;
          alone = true;
          session.submit({ kind: 'flush' }, done);
        } else session.submit({ ...operation, kind: operation.kind }, done);
        next += 1;
        underWay += 1;
      }
      if (next === trace.length && underWay === 0) resolve();
    };
    proceed();
    session.kick();
  });
}

/** What the supervisor tells the `up` that started it. */

/** A part of bringing a rack up, told when it begins and again when it is done. */
export type RackStep = { title: string; state: 'started' | 'done'; ms?: number };

export type FromSupervisor =
  | { running: true }
  | { step: RackStep }
  | { ready: true }
  | { failed: { code: string; message: string; hint: string | undefined } };

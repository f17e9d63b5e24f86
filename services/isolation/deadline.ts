/** An end to every wait for hardware: a driver that hangs must not take its caller with it. */

/** Settles as `work` does, or rejects with `late()` after `milliseconds`. What `work` says after that is ignored. */
export async function within<Result>(
  milliseconds: number,
  work: Promise<Result>,
  late: () => Error,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

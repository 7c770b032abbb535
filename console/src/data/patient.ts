/**
 * Loading of the console's own code in pieces: while the platform is away a piece cannot come, and the page waits for it
 * instead of failing. Gives up when it stays away, so that a piece that no longer exists is not waited for for ever.
 */

/** Attempts at one piece, and the pause between them in milliseconds. */
export const ATTEMPTS_MAX = 60;
export const PAUSE_MS = 2_000;

export async function patient<Piece>(
  load: () => Promise<Piece>,
  pause: (millis: number) => Promise<void> = (millis) =>
    new Promise((resolve) => {
      setTimeout(resolve, millis);
    }),
): Promise<Piece> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await load();
    } catch (problem) {
      if (attempt >= ATTEMPTS_MAX) throw problem;
      await pause(PAUSE_MS);
    }
  }
}

/** Which command of the journal came first in each second, for as long as look-backs go. Older seconds are forgotten. */

const SECONDS_KEPT = 1 << 13;
const MICROS = 1_000_000;

export class SecondIndex {
  private readonly sequences = new Float64Array(SECONDS_KEPT);
  private readonly seconds = new Float64Array(SECONDS_KEPT);
  private last = 0;

  note(timeMicros: number, sequence: number): void {
    const second = Math.floor(timeMicros / MICROS);
    if (second <= this.last) return;
    this.last = second;
    this.sequences[second % SECONDS_KEPT] = sequence;
    this.seconds[second % SECONDS_KEPT] = second;
  }

  /** First command at or after a moment's second, as far as it is remembered; undefined after the last one noted. */
  sequenceAt(timeMicros: number): number | undefined {
    const from = Math.max(Math.floor(timeMicros / MICROS), this.last - SECONDS_KEPT + 1);
    for (let second = from; second <= this.last; second++) {
      if (this.seconds[second % SECONDS_KEPT] === second) return this.sequences[second % SECONDS_KEPT];
    }
    return undefined;
  }
}

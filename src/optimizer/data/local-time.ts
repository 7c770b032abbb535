/**
 * Local dates and minutes of a time zone, from the runtime's time zone database. Looks an offset up once per UTC hour
 * and remembers it, since series have millions of bins.
 */
const HOUR_MICROS = 3_600_000_000;
const MINUTE_MICROS = 60_000_000;
/** Hours remembered; then it starts anew. Thirty years. */
const HOURS_REMEMBERED_MAX = 262_800;

export interface LocalMoment {
  /** yyyymmdd. */
  readonly date: number;
  readonly minuteOfDay: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export class LocalTime {
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  /** @param timeZone IANA name, e.g. `America/New_York` */
  constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  }

  at(micros: number): LocalMoment {
    const shifted = new Date((micros + this.offsetMicros(micros)) / 1000);
    return {
      date: shifted.getUTCFullYear() * 10_000 + (shifted.getUTCMonth() + 1) * 100 + shifted.getUTCDate(),
      minuteOfDay: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(),
      weekday: shifted.getUTCDay(),
    };
  }

  private offsetMicros(micros: number): number {
    const hour = Math.floor(micros / HOUR_MICROS);
    const known = this.offsets.get(hour);
    if (known !== undefined) return known;
    const text = this.format.formatToParts(new Date(hour * 3_600_000)).find((part) => part.type === 'timeZoneName');
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(text?.value ?? '') ?? [];
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MICROS;
    if (this.offsets.size >= HOURS_REMEMBERED_MAX) this.offsets.clear();
    this.offsets.set(hour, offset);
    return offset;
  }
}

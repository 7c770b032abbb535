/** Finds out which process listens on a TCP port, to name it to whoever wants that port. Linux only; reads /proc. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Looked through at most, so that a machine with many processes does not hold up the message. */
const PROCESSES_MAX = 20_000;
const LISTEN_STATE = '0A';

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** The process that listens on `port`, or undefined where it cannot be told (another user's, another system). */
export function findPortHolder(port: number): PortHolder | undefined {
  try {
    const inodes = new Set([...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)]);
    if (inodes.size === 0) return undefined;
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const pid = pids.slice(0, PROCESSES_MAX).find((candidate) => holdsOneOf(candidate, inodes));
    if (pid === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid: Number(pid), command };
  } catch {
    return undefined;
  }
}

/** One sentence about the holder, for an error message. */
export function describePortHolder(port: number): string {
  const holder = findPortHolder(port);
  return holder === undefined
    ? `port ${port} is held by a process that cannot be seen from here`
    : `port ${port} is held by process ${holder.pid} (${holder.command})`;
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync(table, 'utf8').split('\n').slice(1);
  const inodes: string[] = [];
  for (const row of rows) {
    const columns = row.trim().split(/\s+/);
    if (columns[3] === LISTEN_STATE && columns[1]?.endsWith(`:${wanted}`)) inodes.push(columns[9]);
  }
  return inodes;
}

function holdsOneOf(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return inodes.has(target.slice('socket:['.length, -1));
    });
  } catch {
    // Gone meanwhile, or somebody else's.
    return false;
  }
}

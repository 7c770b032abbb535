/** A site of the rig, as a process of its own: answers probes, probes the others through their links, and tells what it measured. */
import { createSystemClock } from '#kit/clock.ts';
import { openResponder, Prober, type ProbeTarget } from '../probe.ts';

const PROBE_INTERVAL_MS = 100;
const PROBE_TIMEOUT_MS = 2000;
const TELL_MS = 500;

/** What the rig tells a site: through which port each other site is reached. */
interface Neighbours {
  readonly targets: readonly ProbeTarget[];
}

const responder = await openResponder('127.0.0.1', 0);
process.send?.({ port: responder.port });
process.once('message', (message) => {
  const { targets } = message as Neighbours;
  void probe(targets);
});
// It ends with the rig: nothing here outlives its parent.
process.on('disconnect', () => process.exit(0));

async function probe(targets: readonly ProbeTarget[]): Promise<void> {
  const clock = createSystemClock();
  const prober = await Prober.open({ targets, intervalMs: PROBE_INTERVAL_MS, timeoutMs: PROBE_TIMEOUT_MS, clock });
  setInterval(() => process.send?.({ links: prober.figures() }), TELL_MS);
}

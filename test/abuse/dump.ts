import { survey } from './survey.ts';
import { score, figuresOf } from './score.ts';
import { SIMULATED_SCENARIOS } from './simulation.ts';
import { TRAIN_EVASIONS } from './evasion.ts';
const [, , sessions = '1', each = '10', seed = '1', settings = '{}'] = process.argv;
const s = survey(
  { seed: Number(seed), evasions: TRAIN_EVASIONS, sessions: Number(sessions), abusesPerSession: Number(each) },
  JSON.parse(settings),
);
const wrong = new Set<any>(),
  missed = new Set<any>();
const x = score(
  SIMULATED_SCENARIOS,
  s.labels,
  s.alerts,
  (a) => wrong.add(a),
  (l) => missed.add(l),
);
for (const y of x) {
  const f = figuresOf(y);
  console.log(
    'S',
    y.scenario.padEnd(22),
    y.instances,
    'recall',
    f.recall.toFixed(3),
    'prec',
    f.precision.toFixed(3),
    'right',
    y.right,
    'wrong',
    y.wrong,
    'related',
    y.related,
  );
}
const round = (f: any) =>
  Object.fromEntries(Object.entries(f).map(([k, v]) => [k, Math.round((v as number) * 100) / 100]));
for (const a of s.alerts) {
  const near = s.labels
    .filter(
      (l) => l.instrument === a.instrument && a.foundMicros >= l.startMicros && a.foundMicros <= l.endMicros + 6e7,
    )
    .map((l) => l.scenario + ':' + l.traders.map((t) => t.client || -t.participant));
  console.log(
    wrong.has(a) ? 'WRONG' : near.some((n) => n.startsWith(a.scenario)) ? 'RIGHT' : 'REL  ',
    a.scenario,
    a.actor.kind,
    a.actor.code,
    a.instrument,
    JSON.stringify(round(a.facts)),
    near.join(' '),
  );
}
for (const l of missed)
  console.log(
    'MISSED',
    l.scenario,
    l.traders.map((t: any) => t.client || -t.participant).join(),
    l.instrument,
    l.evasion,
    l.orders,
    (l.endMicros - l.startMicros) / 1e6,
    s.alerts
      .filter(
        (a) => a.instrument === l.instrument && a.foundMicros >= l.startMicros && a.foundMicros < l.endMicros + 6e7,
      )
      .map((a) => a.scenario + ':' + a.actor.code)
      .join(),
  );

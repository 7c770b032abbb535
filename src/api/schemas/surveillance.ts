/** Shapes of surveillance: alerts with their evidence, replays, cases, scenarios with parameters, back-tests. */
import { z } from 'zod';
import { timeMicrosSchema } from './common.ts';

const parametersSchema = z.record(z.string(), z.number()).describe('Parameters by name, in the units of the scenario');
const levelsSchema = z.array(z.array(z.number())).describe('Levels, best first: price in ticks, lots');

export const alertSchema = z
  .object({
    alertId: z.string(),
    scenario: z.string(),
    scenarioName: z.string(),
    severity: z.enum(['low', 'medium', 'high']),
    mode: z.enum(['live', 'shadow']),
    actor: z.string().describe('Client by its short code, or firm by its index'),
    instrument: z.int(),
    symbol: z.string(),
    startMicros: timeMicrosSchema,
    foundMicros: timeMicrosSchema,
    sequence: z.int().describe('Command of the journal at which it was found'),
    simulated: z.boolean().describe('The actor is a simulated trader of the demo'),
    state: z.enum(['open', 'in case', 'closed']),
    assignedTo: z.string().nullable(),
    caseId: z.string().nullable(),
    verdict: z.enum(['abuse', 'false alarm']).nullable(),
    facts: z.record(z.string(), z.number()).describe('The numbers that decided'),
  })
  .meta({ id: 'SurveillanceAlert' });
export const alertListSchema = z.object({ alerts: z.array(alertSchema), next: z.string().nullable() });

const orderSchema = z.object({
  orderId: z.string(),
  account: z.int(),
  side: z.enum(['buy', 'sell']),
  priceTicks: z.int(),
  quantity: z.int(),
  filled: z.int(),
  enteredMicros: z.number(),
});
export const evidenceSchema = z.object({
  alert: alertSchema,
  otherActor: z.string().nullable(),
  orders: z.array(orderSchema),
  book: z.object({ bids: levelsSchema, asks: levelsSchema }).describe('The book when it was found'),
});

const actSchema = z.object({
  what: z.enum(['enters', 'changes', 'cancels', 'executes', 'ends']),
  orderId: z.string(),
  side: z.enum(['buy', 'sell']),
  priceTicks: z.int(),
  quantity: z.int(),
});
export const replaySchema = z.object({
  alert: alertSchema,
  frames: z.array(
    z.object({
      sequence: z.int(),
      timeMicros: timeMicrosSchema,
      bids: levelsSchema,
      asks: levelsSchema,
      trades: levelsSchema.describe('Trades since the frame before: price, lots'),
      acts: z.array(actSchema).describe('What the orders of the alert did'),
    }),
  ),
});

const decisionSchema = z.enum(['dismiss', 'warn', 'report STOR', 'report SAR']);
export const caseSchema = z
  .object({
    caseId: z.string(),
    title: z.string(),
    state: z.enum(['open', 'decided']),
    openedMicros: timeMicrosSchema,
    openedBy: z.string(),
    assignedTo: z.string().nullable(),
    decision: decisionSchema.nullable(),
    reason: z.string().nullable(),
    decidedMicros: timeMicrosSchema.nullable(),
    decidedBy: z.string().nullable(),
    dueMicros: timeMicrosSchema.nullable().describe('When the report is due'),
    draft: z.record(z.string(), z.unknown()).nullable().describe('Draft of the report; never sent from here'),
  })
  .meta({ id: 'SurveillanceCase' });
export const caseListSchema = z.object({ cases: z.array(caseSchema) });
export const caseWithAlertsSchema = z.object({ case: caseSchema, alerts: z.array(alertSchema) });
export const openCaseSchema = z.strictObject({
  title: z.string().trim().min(1).max(200),
  alertIds: z.array(z.string()).min(1).max(100),
});
export const decideCaseSchema = z.strictObject({
  decision: decisionSchema,
  reason: z.string().trim().min(3).max(4000),
});

const citationSchema = z.object({
  rule: z.string(),
  jurisdiction: z.string(),
  verified: z.boolean().describe('Whether the text was read; false is from knowledge of the rule'),
  effectiveFrom: z.string(),
  effectiveTo: z.string().optional(),
});
const parameterSchema = z.object({
  default: z.number(),
  minimum: z.number(),
  maximum: z.number(),
  unit: z.string(),
  help: z.string(),
});
export const scenarioSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    severity: z.enum(['low', 'medium', 'high']),
    kind: z.enum(['recognised', 'looked up']),
    about: z.string(),
    looksAt: z.string(),
    citations: z.array(citationSchema),
    parameters: z.record(z.string(), parameterSchema),
    live: parametersSchema,
    shadow: parametersSchema.nullable(),
    alerts: z.int(),
    shadowAlerts: z.int(),
    open: z.int(),
    abuse: z.int(),
    falseAlarms: z.int(),
    precisionAtLeast: z
      .number()
      .nullable()
      .describe('Lower bound of the 95 % interval of decided alerts; null before any'),
  })
  .meta({ id: 'SurveillanceScenario' });
export const scenarioListSchema = z.object({ scenarios: z.array(scenarioSchema) });
export const shadowSchema = z.strictObject({ parameters: parametersSchema.nullable() });
export const liveParametersSchema = z.strictObject({ parameters: parametersSchema });

export const backTestSchema = z
  .object({
    backTestId: z.string(),
    scenario: z.string(),
    parameters: parametersSchema,
    firstSequence: z.int(),
    lastSequence: z.int(),
    state: z.enum(['running', 'done', 'failed']),
    startedMicros: timeMicrosSchema,
    startedBy: z.string(),
    endedMicros: timeMicrosSchema.nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'SurveillanceBackTest' });
export const backTestListSchema = z.object({ backTests: z.array(backTestSchema) });
export const startBackTestSchema = z.strictObject({
  scenario: z.string(),
  parameters: parametersSchema.default({}),
  commands: z.int().min(1).max(20_000_000).default(1_000_000).describe('How many of the newest commands'),
});

export type SurveillanceAlert = z.infer<typeof alertSchema>;
export type SurveillanceCase = z.infer<typeof caseSchema>;
export type SurveillanceScenario = z.infer<typeof scenarioSchema>;
export type SurveillanceReplay = z.infer<typeof replaySchema>;
export type SurveillanceBackTest = z.infer<typeof backTestSchema>;

/** `nautilus surveillance …`: alerts, scenarios and back-tests of a running platform as text. Only reads. */
import type { SurveillanceAlert, SurveillanceBackTest, SurveillanceScenario } from '#api/schemas/surveillance.ts';
import type { Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

const MICROS_PER_MS = 1000;

export async function alertList(address: PlatformAddress, state: string | undefined, limit: number): Promise<Result> {
  return withApi(address, async (ask) => {
    const filter = state === undefined ? '' : `&state=${encodeURIComponent(state)}`;
    const { alerts } = await ask<{ alerts: SurveillanceAlert[] }>(`/compliance/alerts?limit=${limit}${filter}`);
    const lines = alerts.map(
      (alert) =>
        `${timeOf(alert.foundMicros)}  ${alert.severity.padEnd(6)}  ${alert.scenarioName.padEnd(34)}  ${alert.symbol.padEnd(9)}  ` +
        `${alert.actor}${alert.simulated ? ' (simulated)' : ''}  ${alert.state}  ${alert.alertId}`,
    );
    return { json: { alerts }, lines: lines.length === 0 ? ['no alerts'] : lines };
  });
}

export async function scenarioList(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const { scenarios } = await ask<{ scenarios: SurveillanceScenario[] }>('/compliance/scenarios');
    const lines = scenarios.flatMap((scenario) => [
      `${scenario.name} (${scenario.id}), ${scenario.severity}: ${scenario.alerts} alerts, ${scenario.falseAlarms} false alarms`,
      ...scenario.citations.map(
        ({ rule, jurisdiction, verified }) => `    ${jurisdiction}: ${rule}${verified ? '' : ' (verified: false)'}`,
      ),
      `    ${
        Object.entries(scenario.live)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ') || 'no parameters'
      }`,
    ]);
    return { json: { scenarios }, lines };
  });
}

export async function backTestList(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const { backTests } = await ask<{ backTests: SurveillanceBackTest[] }>('/compliance/back-tests');
    const lines = backTests.map(
      (test) =>
        `${timeOf(test.startedMicros)}  ${test.scenario}  ${test.state}  ${JSON.stringify(test.result ?? {})}  ${test.backTestId}`,
    );
    return { json: { backTests }, lines: lines.length === 0 ? ['no back-tests yet'] : lines };
  });
}

function timeOf(micros: number): string {
  return new Date(micros / MICROS_PER_MS).toISOString().replace('T', ' ').slice(0, 23);
}

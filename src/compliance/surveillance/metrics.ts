/** Surveillance's own metrics: what it saw, what it found, how late it was, and whether it lost anything. */
import { defineMetrics } from '#telemetry/catalogue.ts';

export const surveillanceMetrics = defineMetrics('surveillance', 'Market-abuse surveillance', {
  events: {
    type: 'counter',
    name: 'nautilus_surveillance_events_total',
    help: 'Events of the engine that every scenario has looked at.',
    unit: 'count',
    dashboardRow: 'Surveillance',
  },
  alerts: {
    type: 'counter',
    name: 'nautilus_surveillance_alerts_total',
    help: 'Alerts raised, by severity; those of parameters under trial are not among them.',
    unit: 'count',
    labels: { severity: ['low', 'medium', 'high'] },
    dashboardRow: 'Surveillance',
    alerts: [
      {
        name: 'NautilusSurveillanceStorm',
        expr: 'sum(rate(nautilus_surveillance_alerts_total[5m])) > 1',
        for: '5m',
        severity: 'ticket',
        summary: 'More than one alert a second for five minutes: nobody can look at so many',
        runbook:
          'Look which scenario raises them in the Surveillance page; try other parameters in shadow mode before changing any.',
        fires: {
          series: { 'nautilus_surveillance_alerts_total{severity="low"}': '0+120x30' },
          atMinute: 20,
          labels: {},
        },
        quiet: { series: { 'nautilus_surveillance_alerts_total{severity="low"}': '0+2x30' }, atMinute: 20 },
      },
    ],
  },
  delay: {
    type: 'histogram',
    name: 'nautilus_surveillance_alert_latency_seconds',
    help: 'From the sequencing of the command that showed it to the alert.',
    unit: 'seconds',
    scale: 1e-6,
    lowest: 2 ** 8,
    highest: 2 ** 26,
    dashboardRow: 'Surveillance',
  },
  lost: {
    type: 'counter',
    name: 'nautilus_surveillance_lost_alerts_total',
    help: 'Alerts that could not be stored: the store refused them, or too many waited.',
    unit: 'count',
    alerts: [
      {
        name: 'NautilusSurveillanceLosesAlerts',
        expr: 'increase(nautilus_surveillance_lost_alerts_total[10m]) > 0',
        for: '0s',
        severity: 'page',
        summary: 'Surveillance found something and could not keep it',
        runbook:
          'Look for the store’s error in the platform’s log. A back-test over the journal finds the same alerts again.',
        fires: {
          series: { 'nautilus_surveillance_lost_alerts_total{process="platform"}': '0x5 3x10' },
          atMinute: 8,
          labels: { process: 'platform' },
        },
        quiet: { series: { 'nautilus_surveillance_lost_alerts_total{process="platform"}': '0x20' }, atMinute: 8 },
      },
    ],
  },
});

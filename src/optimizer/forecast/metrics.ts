/** What forecasting measures of itself. Only declarations. */
import { defineMetrics } from '#telemetry/catalogue.ts';
import { SERVICES } from '../data/load-meter.ts';

export const forecastMetrics = defineMetrics('forecast', 'Load forecasts', {
  minutes: {
    type: 'gauge',
    name: 'nautilus_forecast_history_minutes',
    help: 'Minutes of measured load that forecasts can learn from.',
    unit: 'count',
  },
  models: {
    type: 'gauge',
    name: 'nautilus_forecast_models_in_use',
    help: 'Services and horizons whose forecast is a learnt model; the others are naive and say so.',
    unit: 'count',
  },
  errorRatio: {
    type: 'gauge',
    name: 'nautilus_forecast_error_ratio',
    help: 'Recent error of the 15-minute forecast over that of the naive one; above 1 the naive one is better.',
    unit: 'ratio',
    labels: { service: SERVICES },
    alerts: [
      {
        name: 'NautilusForecastWorseThanNaive',
        expr: 'nautilus_forecast_error_ratio > 1.2',
        for: '30m',
        severity: 'ticket',
        summary: 'A service’s forecast has been a fifth worse than the naive one for half an hour',
        runbook: 'GET /api/v1/ml/drift says what drifted. The naive forecast takes over weight by itself; train again.',
        fires: {
          series: { 'nautilus_forecast_error_ratio{service="risk-engine"}': '1.5x60' },
          atMinute: 45,
          labels: { service: 'risk-engine' },
        },
        quiet: { series: { 'nautilus_forecast_error_ratio{service="risk-engine"}': '0.9x60' }, atMinute: 45 },
      },
    ],
  },
  late: {
    type: 'gauge',
    name: 'nautilus_forecast_late_entries',
    help: 'Journal entries that came after their minute was closed, since the start.',
    unit: 'count',
  },
  silent: {
    type: 'counter',
    name: 'nautilus_forecast_silent_minutes_total',
    help: 'Minutes in which nothing was journalled: filled in, and not learnt from.',
    unit: 'count',
  },
  drifts: {
    type: 'counter',
    name: 'nautilus_forecast_drift_alarms_total',
    help: 'Times that level, error or coverage of a forecast was found to have drifted.',
    unit: 'count',
  },
});

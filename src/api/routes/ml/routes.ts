/** Every route of the optimizer plane, under /api/v1/ml. Only the list of them. */
import type { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { forecastRoutes } from './forecasts.ts';
import { forecastModelRoutes } from './models.ts';

export function mlRoutes(app: ApiServer, context: ApiContext, forecasts: ForecastService): void {
  forecastRoutes(app, context, forecasts);
  forecastModelRoutes(app, context, forecasts);
}

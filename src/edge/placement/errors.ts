/** Error codes of placement: requests that cannot even be searched. An impossible budget is an answer, not one of these. */
import { defineErrors } from '#kit/errors.ts';

export const PLACEMENT_ERRORS = defineErrors({
  PLACEMENT_REQUEST_BAD: {
    title: 'The placement cannot be asked for like that',
    httpStatus: 400,
    help: 'The detail names what is wrong: unknown names, or too many sites or demands.',
  },
  PLACEMENT_LATENCY_IMPOSSIBLE: {
    title: 'A measured latency is faster than light in fibre',
    httpStatus: 422,
    help: 'Correct the measurement, its unit (microseconds, one way), or the coordinates of the site or the demand.',
  },
  PLACEMENT_BUSY: {
    title: 'Too many placements are being computed',
    httpStatus: 503,
    help: 'Wait for one of them to end: GET /api/v1/edge/placement/runs lists them.',
  },
  PLACEMENT_SOLVER_FAILED: {
    title: 'The solver ended without an answer',
    httpStatus: 500,
    help: 'Ask again with more time or a wider gap; the detail has the solver’s own words.',
  },
});

/** Why a command is refused, with the numbers that risk refusals carry. */

export interface Refusal {
  reason: number;
  limit: number;
  value: number;
  used: number;
}

export function refuse(reason: number, limit = 0, value = 0, used = 0): Refusal {
  return { reason, limit, value, used };
}

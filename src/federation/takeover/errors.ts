/** The takeover controller's part of the error catalogue. */
import { defineErrors } from '#kit/errors.ts';

export const TAKEOVER_ERRORS = defineErrors({
  FAILOVER_REFUSED: {
    title: 'A safety rule forbids this change of the leader',
    httpStatus: 409,
    help: 'The rules that do not hold are named. Some may be passed by two people; look at the readiness first.',
  },
  FAILOVER_BUSY: {
    title: 'Another change of the leader is going on',
    httpStatus: 409,
    help: 'One change at a time: wait until it has ended, or abort it while it is only announced.',
  },
  FAILOVER_UNKNOWN: {
    title: 'There is no such member or change',
    httpStatus: 404,
    help: 'List the shards and their changes to see what there is.',
  },
  FAILOVER_TOO_LATE: {
    title: 'The change cannot be aborted any more',
    httpStatus: 409,
    help: 'It can be aborted while it is announced. Afterwards, switch back when it has ended.',
  },
  FAILOVER_MEMBER_REFUSES: {
    title: 'The member refuses the act',
    httpStatus: 409,
    help: 'It says why. It goes on as it was.',
  },
  FAILOVER_MEMBER_SILENT: {
    title: 'The member did not answer in time',
    httpStatus: 504,
    help: 'What it did is seen from its role and epoch; the controller goes by those.',
  },
});

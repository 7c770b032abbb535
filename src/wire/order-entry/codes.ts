/**
 * Why a node refused a message or ended a connection before the engine saw anything: the numbers of `reject` and
 * `logout`. They begin at 1000, so that they never meet the engine's codes. Add at the end, never reuse one.
 */

export const SessionCode = {
  /** An orderly end. */
  none: 1000,
  // The connection ends.
  malformedFrame: 1001,
  frameTooLong: 1002,
  unknownType: 1003,
  notLoggedIn: 1004,
  alreadyLoggedIn: 1005,
  versionUnsupported: 1006,
  loginRefused: 1007,
  sessionDisabled: 1008,
  loginTimeout: 1009,
  sequenceGap: 1010,
  heartbeatMissed: 1011,
  slowConsumer: 1012,
  takenOver: 1013,
  nodeStopping: 1014,
  tooManyConnections: 1015,
  droppedByOperator: 1016,
  sequenceExhausted: 1017,
  loginsBusy: 1018,
  ackLevelUnavailable: 1019,
  notLeading: 1020,
  handedOver: 1021,
  // The message is refused, the connection goes on.
  throttled: 1040,
  accountNotAllowed: 1041,
  roleNotAllowed: 1042,
  badCommand: 1043,
  storageUnavailable: 1044,
  alreadySeen: 1045,
  tooManyQueries: 1046,
  participantNotAllowed: 1047,
  manualTimesMissing: 1048,
} as const;
export type SessionCode = (typeof SessionCode)[keyof typeof SessionCode];

const TEXTS: Record<keyof typeof SessionCode, string> = {
  none: 'an orderly end',
  malformedFrame: 'a frame is not well formed: length, body or a reserved field',
  frameTooLong: 'a frame is longer than its type allows',
  unknownType: 'no such frame type, or one that only the other side may send',
  notLoggedIn: 'the first message must be a login',
  alreadyLoggedIn: 'this connection is logged in already',
  versionUnsupported: 'the protocol version is outside the range the node offers',
  loginRefused: 'no such session, or the challenge is not signed by its key',
  sessionDisabled: 'the session is disabled',
  loginTimeout: 'no login arrived in time',
  sequenceGap: 'a sequence number is higher than the one expected: messages are missing',
  heartbeatMissed: 'nothing was heard from the client in time',
  slowConsumer: 'the client reads too slowly: what waits for it passed the limit',
  takenOver: 'the session logged in on another connection',
  nodeStopping: 'the node is being stopped',
  tooManyConnections: 'the node has no room for another connection',
  droppedByOperator: 'an operator ended the connection',
  sequenceExhausted: 'the session used up its sequence numbers: register a new one',
  loginsBusy: 'too many logins at once: try again',
  ackLevelUnavailable: "the session's ack level is one that this node's journal does not offer",
  notLeading: 'this node is a standby: log in at the leader, whose address came in memberState',
  handedOver: 'the leadership went to another node in good order; its address came in memberState',
  throttled: "over the session's order rate; value is the rate, try again in `used` microseconds",
  accountNotAllowed: 'the session may not act for this account',
  roleNotAllowed: 'the session may not send this kind of command',
  badCommand: 'the body is shorter or longer than the command needs',
  storageUnavailable: 'the journal cannot be written: nothing is accepted until it can',
  alreadySeen: 'a message with this sequence number was taken before; it was not taken again',
  tooManyQueries: 'too many unanswered status requests',
  participantNotAllowed: 'the session may not act for this participant',
  manualTimesMissing: 'an order entered by hand lacks one of its two timestamps in the extension block',
};

const byNumber = new Map<number, { name: keyof typeof SessionCode; text: string }>();
for (const name of Object.keys(SessionCode) as (keyof typeof SessionCode)[]) {
  byNumber.set(SessionCode[name], { name, text: TEXTS[name] });
}

/** Name and text of a session code for people; an unknown number is named as such. */
export function describeSessionCode(code: number): { name: string; text: string } {
  return byNumber.get(code) ?? { name: `code ${code}`, text: 'unknown code' };
}

/** Reads what a node tells administrators of itself from the frames it sends. */
import { readWideAt } from '#wire/order-entry/frame.ts';
import { NodeStatus, SESSION_ENTRY_BYTES, SessionEntry, SessionList } from '#wire/order-entry/messages.ts';

export interface NodeState {
  readonly epoch: number;
  readonly lastSequence: number;
  readonly durableSequence: number;
  readonly snapshotSequence: number;
  readonly startedMicros: number;
  readonly nodeTimeMicros: number;
  readonly connections: number;
  readonly liveSessions: number;
  readonly state: 'open' | 'journal refuses' | 'stopping';
  readonly nodeClass: 'standard' | 'ultra';
  readonly outboxBytes: number;
  readonly outboxCapacityBytes: number;
}

export interface LiveSession {
  readonly session: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly pendingBytes: number;
  readonly connectedMicros: number;
}

const NODE_STATES = ['open', 'journal refuses', 'stopping'] as const;

/** From a nodeStatus frame. */
export function readNodeState(view: DataView): NodeState {
  return {
    epoch: view.getUint32(NodeStatus.epoch, true),
    lastSequence: readWideAt(view, NodeStatus.lastSequence),
    durableSequence: readWideAt(view, NodeStatus.durableSequence),
    snapshotSequence: readWideAt(view, NodeStatus.snapshotSequence),
    startedMicros: readWideAt(view, NodeStatus.startedMicros),
    nodeTimeMicros: readWideAt(view, NodeStatus.nodeTimeMicros),
    connections: view.getUint32(NodeStatus.connections, true),
    liveSessions: view.getUint32(NodeStatus.liveSessions, true),
    state: NODE_STATES[view.getUint32(NodeStatus.state, true)] ?? 'stopping',
    nodeClass: view.getUint32(NodeStatus.nodeClass, true) === 1 ? 'ultra' : 'standard',
    outboxBytes: readWideAt(view, NodeStatus.outboxBytes),
    outboxCapacityBytes: readWideAt(view, NodeStatus.outboxCapacityBytes),
  };
}

/** From a sessionList frame. */
export function readSessions(view: DataView): LiveSession[] {
  return Array.from({ length: view.getUint32(SessionList.count, true) }, (_, index) => {
    const at = SessionList.entries + index * SESSION_ENTRY_BYTES;
    return {
      session: view.getUint32(at + SessionEntry.session, true),
      inbound: view.getUint32(at + SessionEntry.inbound, true),
      outbound: view.getUint32(at + SessionEntry.outbound, true),
      pendingBytes: view.getUint32(at + SessionEntry.pendingBytes, true),
      connectedMicros: readWideAt(view, at + SessionEntry.connectedMicros),
    };
  });
}

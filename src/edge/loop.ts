/**
 * When the node does the work of a turn: after every poll of the sockets that brought something (standard class, which
 * sleeps in between), or without ever sleeping (ultra class, which spends a whole core on latency).
 */
export const NodeClass = { standard: 'standard', ultra: 'ultra' } as const;
export type NodeClass = (typeof NodeClass)[keyof typeof NodeClass];

export class Loop {
  private readonly work: () => void;
  private readonly spinning: boolean;
  private scheduled = false;
  private running = false;

  constructor(nodeClass: NodeClass, work: () => void) {
    this.work = work;
    this.spinning = nodeClass === NodeClass.ultra;
  }

  start(): void {
    this.running = true;
    this.request();
  }

  stop(): void {
    this.running = false;
  }

  /** Asks for a turn after the present poll. */
  request(): void {
    if (this.scheduled || !this.running) return;
    this.scheduled = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.scheduled = false;
    if (!this.running) return;
    this.work();
    if (this.spinning) this.request();
  };
}

/**
 * Keeps the stream's leader where takeovers or acknowledgements are fastest: out of the primary's failure domain, or in
 * it. Only a preference: it moves the stream's leader when it has drifted, and never decides who leads the shard.
 */
import { describeCause } from '../errors.ts';
import type { StreamLink } from './link.ts';
import { LeaderPlacement } from './options.ts';

const LOOK_MS = 2000;
/** After so many moves in a row it rests: the other servers may be down or unwell. */
const MOVES_MAX = 6;
const REST_LOOKS = 15;

export class PlacementKeeper {
  private readonly link: StreamLink;
  private readonly timer: NodeJS.Timeout;
  private isLooking = false;
  private movesInARow = 0;
  private restingLooks = 0;
  /** How often the stream's leader was asked to move. */
  moves = 0;

  constructor(link: StreamLink) {
    this.link = link;
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isLooking || this.restingLooks-- > 0) return;
    this.isLooking = true;
    try {
      await this.moveWhereDrifted();
    } catch (error) {
      this.link.options.log(`the stream's leader cannot be placed: ${describeCause(error)}`);
    } finally {
      this.isLooking = false;
    }
  }

  private async moveWhereDrifted(): Promise<void> {
    const { options } = this.link;
    const { leader, followers } = await this.link.facts();
    if (leader === '' || this.isRight(leader) || !followers.some((name) => this.isRight(name))) {
      this.movesInARow = 0;
      return;
    }
    if (this.movesInARow === MOVES_MAX) {
      this.movesInARow = 0;
      this.restingLooks = REST_LOOKS;
      return;
    }
    this.movesInARow++;
    this.moves++;
    options.log(
      `the leader of ${options.stream} is asked to move from ${leader} (placement ${options.leaderPlacement})`,
    );
    // Servers before 2.11 take no wish where to; they choose, and are asked again when they chose wrongly.
    await this.link.request(`STREAM.LEADER.STEPDOWN.${options.stream}`);
  }

  private isRight(server: string): boolean {
    const { domains, homeDomain, leaderPlacement } = this.link.options;
    return (domains[server] === homeDomain) === (leaderPlacement === LeaderPlacement.near);
  }
}

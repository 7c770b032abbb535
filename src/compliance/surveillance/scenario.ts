/** A scenario of market abuse as data: what rule it serves, what it looks at, and by which numbers. Only types. */

export interface ScenarioParameter {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly unit:
    | 'seconds'
    | 'milliseconds'
    | 'lots'
    | 'orders'
    | 'trades'
    | 'messages'
    | 'basis points'
    | 'ratio'
    | 'share'
    | 'currency units'
    | 'usual orders'
    | 'usual moves'
    | 'usual spreads'
    | 'windows';
  /** What it bounds, in a sentence for a compliance officer. */
  readonly help: string;
}

export interface Citation {
  readonly rule: string;
  readonly jurisdiction: 'EU' | 'UK' | 'US' | 'SG' | 'HK' | 'JP' | 'AU';
  /** Whether the text was read when the rule was entered here; false is from knowledge of the rule. */
  readonly verified: boolean;
  /** First day it applied, yyyy-mm-dd. */
  readonly effectiveFrom: string;
  readonly effectiveTo?: string;
}

export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly severity: 'low' | 'medium' | 'high';
  readonly citations: readonly Citation[];
  /** What conduct it is, in our words. */
  readonly about: string;
  /** What of the event stream and of lists it looks at. */
  readonly looksAt: string;
  /** recognised: judged from conduct; looked up: compared with a list or a number. */
  readonly kind: 'recognised' | 'looked up';
  readonly parameters: Readonly<Record<string, ScenarioParameter>>;
  /** Further findings on the same actor and instrument within this time belong to the same alert. */
  readonly mergeSeconds: number;
}

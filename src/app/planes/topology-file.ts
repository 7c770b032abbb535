/**
 * Reads a topology document: first its form, then whether it makes sense. Every finding has a code, a place and a line;
 * a document with findings of form is not a topology at all, one with others is, and says so.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkTopology } from '#federation/topology/check.ts';
import { TOPOLOGY_ERRORS, type TopologyCode } from '#federation/topology/errors.ts';
import { topologySchema, type Topology } from '#federation/topology/model.ts';
import { CodedError } from '#kit/errors.ts';
import { configPathText, parseConfig } from '../config-file.ts';

const TOPOLOGY_FILE = 'topology.yaml';

export interface TopologyFinding {
  readonly code: TopologyCode;
  /** From 1. */
  readonly line: number;
  /** e.g. `clusters[3].addressRange`; empty for the whole document. */
  readonly place: string;
  readonly message: string;
}

export interface TopologyReading {
  /** Undefined where the form is wrong. */
  readonly topology: Topology | undefined;
  readonly findings: readonly TopologyFinding[];
}

/** Reads and checks the text of a topology document. Never throws. */
export function readTopology(text: string): TopologyReading {
  const file = parseConfig(text, topologySchema);
  if (!file.ok) {
    const findings = file.error.map(({ line, path, message }) => ({
      code: 'TOPOLOGY_SHAPE' as const,
      line,
      place: configPathText(path),
      message,
    }));
    return { topology: undefined, findings };
  }
  const { value: topology, lineOf } = file.value;
  const findings = checkTopology(topology).map(({ code, path, message }) => ({
    code,
    line: lineOf(path),
    place: configPathText(path),
    message,
  }));
  return { topology, findings };
}

/** The topology file of a configuration folder. Throws TOPOLOGY_UNREADABLE. */
export function readTopologyFile(file: string): TopologyReading {
  try {
    return readTopology(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError(TOPOLOGY_ERRORS.TOPOLOGY_UNREADABLE, why, { cause: error });
  }
}

export function topologyPath(configFolder: string): string {
  return join(configFolder, TOPOLOGY_FILE);
}

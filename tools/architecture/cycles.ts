/** Finds circles of imports among the project's files. Type imports count: a circle of types is one too. */
import { targetOf } from './layers.ts';
import type { Finding, SourceFile } from './source-file.ts';

interface Visit {
  readonly index: number;
  lowest: number;
  onStack: boolean;
}

/** One finding for each group of files that import each other (Tarjan, 1972). */
export function checkCycles(files: readonly SourceFile[]): Finding[] {
  const edges = new Map(
    files.map((file) => [file.path, file.imports.map(({ specifier }) => targetOf(file.path, specifier))]),
  );
  const visits = new Map<string, Visit>();
  const stack: string[] = [];
  const findings: Finding[] = [];

  function visit(path: string): Visit {
    const here: Visit = { index: visits.size, lowest: visits.size, onStack: true };
    visits.set(path, here);
    stack.push(path);
    for (const target of edges.get(path) ?? []) {
      if (!edges.has(target)) continue;
      const seen = visits.get(target);
      if (seen === undefined) here.lowest = Math.min(here.lowest, visit(target).lowest);
      else if (seen.onStack) here.lowest = Math.min(here.lowest, seen.index);
    }
    if (here.lowest === here.index) reportGroup(popGroup(path));
    return here;
  }

  function popGroup(root: string): string[] {
    const group = stack.splice(stack.lastIndexOf(root));
    for (const member of group) {
      const memberVisit = visits.get(member);
      if (memberVisit !== undefined) memberVisit.onStack = false;
    }
    return group;
  }

  function reportGroup(group: readonly string[]): void {
    const [first = ''] = group;
    const importsItself = group.length === 1 && (edges.get(first) ?? []).includes(first);
    if (group.length === 1 && !importsItself) return;
    findings.push({ path: first, line: 1, message: `imports in a circle: ${[...group, first].join(' → ')}` });
  }

  for (const file of files) if (!visits.has(file.path)) visit(file.path);
  return findings;
}

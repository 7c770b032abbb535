/** Reports to regulators from the command line: asks the platform that runs. */
import { withApi } from './platform-api.ts';
import type { Result } from './output.ts';

export interface ReportRequest {
  readonly data: string;
  readonly json?: true;
  readonly from: string;
  readonly to: string;
  readonly preview?: true;
}

interface Catalogue {
  readonly kinds: readonly { kind: string; title: string; citation: string; due: string }[];
  readonly preview: Preview | null;
}
interface Preview {
  readonly records: number;
  readonly exceptionCount: number;
  readonly exceptions: readonly { sequence: number; problem: string }[];
  readonly excerpt: string;
}
interface Made {
  readonly reportId: string;
  readonly kind: string;
  readonly fileName: string;
  readonly records: number;
  readonly exceptions: number;
  readonly sha256: string;
}

const PATH = '/compliance/reports';
const LINES_SHOWN = 12;

export async function reportList(dataFolder: string): Promise<Result> {
  return withApi({ dataFolder }, async (ask) => {
    const { kinds } = await ask<Catalogue>(`${PATH}/generate`);
    const { reports } = await ask<{ reports: readonly Made[] }>(PATH);
    const lines = kinds.map(({ kind, title, due }) => `${kind.padEnd(22)}${title}; ${due}`);
    const made = reports.map(({ reportId, kind, records }) => `${reportId}  ${kind}, ${records} records`);
    return {
      json: { kinds, reports },
      lines: [...lines, '', made.length === 0 ? 'none was made yet' : 'made:', ...made],
    };
  });
}

/** Makes a report, or with `preview` says what it would tell. */
export async function makeReport(kind: string, request: ReportRequest): Promise<Result> {
  const { data: dataFolder, from, to, preview } = request;
  if (preview === true) {
    return withApi({ dataFolder }, async (ask) => {
      const query = new URLSearchParams({ kind, from, to });
      const answer = await ask<Catalogue>(`${PATH}/generate?${query.toString()}`);
      return { json: { preview: answer.preview }, lines: answer.preview === null ? [] : previewLines(answer.preview) };
    });
  }
  return withApi(
    { dataFolder },
    async (ask) => {
      const { report, auditId } = await ask<{ report: Made; auditId: string }>(`${PATH}/generate`, { kind, from, to });
      const { records, exceptions, fileName, sha256 } = report;
      const lines = [
        `${records} records, ${exceptions} that could not be reported`,
        `file   ${dataFolder}/reports/${fileName}`,
        `sha256 ${sha256}`,
        `act    ${auditId}, in the audit log within a second`,
      ];
      return { json: { report, auditId }, lines };
    },
    'compliance',
  );
}

function previewLines({ records, exceptionCount, exceptions, excerpt }: Preview): string[] {
  return [
    `${records} records, ${exceptionCount} that could not be reported; unsigned, nothing was kept`,
    ...exceptions.slice(0, LINES_SHOWN).map(({ sequence, problem }) => `  sequence ${sequence}: ${problem}`),
    ...excerpt.split('\n').slice(0, LINES_SHOWN),
  ];
}

/** Holds transaction reports to the published ISO 20022 schemas with xmllint, for tests and benchmarks alike. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** The schemas by the namespace that each defines; files of the folder NAUTILUS_SCHEMAS. */
export const TRANSACTION_SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['urn:iso:std:iso:20022:tech:xsd:head.003.001.01', 'head.003.001.01.xsd'],
  ['urn:iso:std:iso:20022:tech:xsd:head.001.001.01', 'head.001.001.01_ESMAUG_1.0.0.xsd'],
  ['urn:iso:std:iso:20022:tech:xsd:auth.016.001.01', 'auth.016.001.01_ESMAUG_Reporting_1.0.3.xsd'],
]);

/**
 * What is wrong with a file by the schemas, a line each; none where it is valid. Undefined where there is no xmllint.
 * @param workFolder a schema that names the others is written there
 */
export function validityErrors(schemaFolder: string, workFolder: string, file: string): string[] | undefined {
  const imports = [...TRANSACTION_SCHEMAS].map(
    ([name, xsd]) => `<xs:import namespace="${name}" schemaLocation="${path.join(schemaFolder, xsd)}"/>`,
  );
  const schema = path.join(workFolder, 'all.xsd');
  writeFileSync(schema, `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`);
  const { status, stderr } = spawnSync('xmllint', ['--huge', '--noout', '--schema', schema, file], {
    encoding: 'utf8',
  });
  if (status === null) return undefined;
  return status === 0 ? [] : stderr.split('\n').filter((line) => line !== '');
}

/** The files of this machine as the host check reads them: text without its last line break, and what a folder holds. Never throws. */
import { readdirSync, readFileSync } from 'node:fs';
import type { HostFiles } from './check.ts';

export const thisMachine: HostFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return undefined;
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return undefined;
    }
  },
};

/** Surveillance end to end: the demo's simulated abuser is found, looked at, made a case of and decided, by two people. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../platform.ts';


import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../platform.ts';
import { logInTo, type Asker } from '../platform-user.ts';

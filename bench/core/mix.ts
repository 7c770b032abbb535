/** The flow that the engine and its peer are measured on. */
export const INSTRUMENTS = 4;
export const ACCOUNTS = 16;
export const COMMANDS = 2_000_000;
/** Commands before the measured ones, after which the compiler has seen everything. */
export const WARM_UP_COMMANDS = 400_000;
/** For capacities of the day: also the orders that fill the books first. */
export const COMMANDS_IN_ALL: number = WARM_UP_COMMANDS + COMMANDS + 65_536;
export const SEED = 20_240_102;

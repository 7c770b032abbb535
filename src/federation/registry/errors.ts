/** Why the registry does not take or believe an entry. */
import { defineErrors } from '#kit/errors.ts';

export const REGISTRY_ERRORS = defineErrors({
  FEDERATION_ENTRY_MALFORMED: {
    title: 'A registry entry cannot be read',
    httpStatus: 400,
    help: 'It is not a signed entry of this version. Run the same version everywhere, or look who wrote it.',
  },
  FEDERATION_MEMBER_UNKNOWN: {
    title: 'The member is not in the topology',
    httpStatus: 403,
    help: 'List it with its public key under `members` in config/topology.yaml; `nautilus topology key` makes the key.',
  },
  FEDERATION_SIGNATURE_WRONG: {
    title: 'The signature does not belong to the member',
    httpStatus: 403,
    help: 'The member uses another key than the topology says, or somebody else speaks in its name.',
  },
  FEDERATION_CLOCK_SKEW: {
    title: 'The member’s clock is wrong',
    httpStatus: 409,
    help: 'Set its clock (timedatectl, chronyc tracking) and keep the time daemon running; ten seconds are tolerated.',
  },
  FEDERATION_REPLAYED: {
    title: 'The entry is not newer than the last one of its member',
    httpStatus: 409,
    help: 'A copy of an old entry, or two processes with one key. Give each process a key of its own.',
  },
  FEDERATION_MEMBER_TAKEN: {
    title: 'Another process speaks for this member',
    httpStatus: 409,
    help: 'Two processes run with one key: stop one, or give it a name and a key of its own.',
  },
  FEDERATION_CLUSTER_WRONG: {
    title: 'The member claims another cluster than the topology says',
    httpStatus: 409,
    help: 'Correct its options, or its entry under `members` in config/topology.yaml.',
  },
  FEDERATION_KEY_UNUSABLE: {
    title: 'The member’s key cannot be used',
    httpStatus: 500,
    help: 'It must be an Ed25519 private key in PEM; `nautilus topology key` makes one.',
  },
  FEDERATION_OPTIONS_WRONG: {
    title: 'The observer’s options are wrong',
    httpStatus: 400,
    help: 'docs/topology.md shows an options file; the message names the field.',
  },
});
export type RegistryCode = keyof typeof REGISTRY_ERRORS;

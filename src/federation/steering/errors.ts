/** Traffic steering's part of the error catalogue: a policy or a location table that cannot be used, a port that is taken. */
import { defineErrors } from '#kit/errors.ts';

export const STEERING_ERRORS = defineErrors({
  STEERING_LOCATION_UNREADABLE: {
    title: 'The table of address locations cannot be read',
    httpStatus: 500,
    help: 'It must be a MaxMind DB file (.mmdb) with `country_code` entries over IPv6. Reinstall the packages, or name another file as `locationFile` in config/steering.yaml.',
  },
  STEERING_ADDRESS_BAD: {
    title: 'The client is no address',
    httpStatus: 400,
    help: 'Give an IPv4 or IPv6 address such as 203.0.113.7 or 2001:db8::7.',
  },
  STEERING_PORT_UNUSABLE: {
    title: 'The name server cannot listen on its address',
    httpStatus: 500,
    help: 'Another server may hold the port, or it is below 1024 and this user may not open it. Choose another in config/steering.yaml.',
  },
});

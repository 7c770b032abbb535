/** The edge node's part of the error catalogue: why a node does not start, and how its process ends. */
import { defineErrors } from '#kit/errors.ts';

export const EDGE_ERRORS = defineErrors({
  EDGE_CONFIGURATION_BAD: {
    title: 'The configuration of the node is wrong',
    httpStatus: 500,
    help: 'Correct the named option; docs/edge.md lists them with their units and defaults.',
  },
  EDGE_PORT_IN_USE: {
    title: 'The order-entry port is taken',
    httpStatus: 500,
    help: 'Stop the process that holds it, or choose another port with the option `port`.',
  },
  EDGE_ADDRESS_UNUSABLE: {
    title: 'The node cannot listen on its address',
    httpStatus: 500,
    help: 'The option `host` must be an address of this machine, and the port one this user may open.',
  },
  EDGE_CLEAR_TEXT_REFUSED: {
    title: 'Order entry in clear text is refused outside the loopback interface',
    httpStatus: 500,
    help: 'Give the node a certificate and key (`tls`), or let it listen on 127.0.0.1 or ::1.',
  },
  EDGE_KEY_UNUSABLE: {
    title: 'A key or certificate cannot be used',
    httpStatus: 500,
    help: 'The files named by `tls` must be PEM, and certificate and key must belong together. Session keys are Ed25519.',
  },
  EDGE_DATA_UNWRITABLE: {
    title: 'The data folder cannot be written',
    httpStatus: 500,
    help: 'It must exist or be creatable, and belong to the user who runs the node.',
  },
  EDGE_SNAPSHOT_UNREADABLE: {
    title: 'A snapshot cannot be read',
    httpStatus: 500,
    help: 'Move the file away: recovery then starts from the one before it, or from the first entry.',
  },
  EDGE_SNAPSHOT_NEWER: {
    title: 'The snapshot was written by a newer version of the node',
    httpStatus: 500,
    help: 'Run the version that wrote it, or a later one. Nothing was changed.',
  },
  EDGE_JOURNAL_REFUSES: {
    title: 'The journal cannot be written',
    httpStatus: 503,
    help: 'Orders are refused until it can. Free space on the disk, or look at the kernel log.',
  },
  EDGE_FENCED: {
    title: 'Another node took over the journal',
    httpStatus: 409,
    help: 'This process ends; started again it becomes the leader only if the other one is gone.',
  },
  EDGE_STATE_DIFFERS: {
    title: 'The state of the standby differs from that of its leader',
    httpStatus: 500,
    help: 'The standby has ended and must not take over. Keep its journal folder, and replay it on both machines: one of them has a fault, or another program.',
  },
  EDGE_VERSION_DIFFERS: {
    title: 'The standby runs another version than its leader',
    httpStatus: 409,
    help: 'Start the standby with the version of the leader. To change versions, hand the leadership over between nodes of one version first.',
  },
  EDGE_BUSY: {
    title: 'The node is changing its role already',
    httpStatus: 409,
    help: 'Wait until it is done.',
  },
  EDGE_NOT_CONNECTED: {
    title: 'There is no connection to the node',
    httpStatus: 503,
    help: 'The node is being started, or has stopped. The client connects again by itself.',
  },
  EDGE_LOGIN_REFUSED: {
    title: 'The node refused the login',
    httpStatus: 502,
    help: 'Compare the session and its key with the registered ones, and look whether it is enabled.',
  },
  EDGE_REQUEST_REFUSED: {
    title: 'The node refused the request',
    httpStatus: 409,
    help: 'The code says why: an account or request this session may not use, or a journal that cannot be written.',
  },
  EDGE_REQUEST_TIMEOUT: {
    title: 'The node did not answer in time',
    httpStatus: 504,
    help: 'Ask for the state of the order before sending it again: it may have been carried out.',
  },
  EDGE_WINDOW_FULL: {
    title: 'Too many messages to the node are unanswered',
    httpStatus: 503,
    help: 'Wait for answers before sending more.',
  },
});

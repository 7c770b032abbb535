/**
 * What can be wrong with a topology, each with its code. A violation says where in the document; these say what it means
 * and what to do. Never a code for a matter of taste: each one costs orders, law or a take-over.
 */
import { defineErrors } from '#kit/errors.ts';

const WRONG = 422;

export const TOPOLOGY_ERRORS = defineErrors({
  TOPOLOGY_SHAPE: {
    title: 'A part of the topology has the wrong form',
    httpStatus: WRONG,
    help: 'The message names the place and what stands there instead. docs/topology.md describes every field.',
  },
  TOPOLOGY_UNREADABLE: {
    title: 'The topology cannot be read',
    httpStatus: 500,
    help: 'config/topology.yaml must be there and readable; another file or folder is named with --file or --config.',
  },
  TOPOLOGY_DUPLICATE_NAME: {
    title: 'A name is given twice',
    httpStatus: WRONG,
    help: 'Clusters and witness sites share one set of names; shards, residency rules and members have one each.',
  },
  TOPOLOGY_UNKNOWN_REFERENCE: {
    title: 'A name refers to nothing',
    httpStatus: WRONG,
    help: 'Declare what is named, or correct the name.',
  },
  TOPOLOGY_COORDINATES: {
    title: 'Coordinates lie nowhere on earth, or contradict each other',
    httpStatus: WRONG,
    help: 'Latitude is -90 to 90 and longitude -180 to 180, in degrees; sites in one region lie near each other.',
  },
  TOPOLOGY_NODE_RANGE: {
    title: 'The range of nodes is empty',
    httpStatus: WRONG,
    help: 'The highest number of nodes must not be below the lowest.',
  },
  TOPOLOGY_ADDRESS_RANGE: {
    title: 'An address range is not one',
    httpStatus: WRONG,
    help: 'Write the first address and the length of the prefix, e.g. 10.16.0.0/16, with no bit set after the prefix.',
  },
  TOPOLOGY_ADDRESS_OVERLAP: {
    title: 'Two address ranges overlap',
    httpStatus: WRONG,
    help: 'Packets could reach the wrong site. Give each site a range of its own.',
  },
  TOPOLOGY_ADDRESS_ROOM: {
    title: 'An address range has no room for all nodes',
    httpStatus: WRONG,
    help: 'Use a shorter prefix or fewer nodes.',
  },
  TOPOLOGY_DR_SAME_PROVIDER: {
    title: 'A cluster and its disaster recovery share a provider',
    httpStatus: WRONG,
    help: 'What takes the provider takes both. Put the disaster recovery on another provider.',
  },
  TOPOLOGY_DR_SAME_PLACE: {
    title: 'A cluster and its disaster recovery share a failure domain',
    httpStatus: WRONG,
    help: 'What takes the place takes both. Put the disaster recovery elsewhere.',
  },
  TOPOLOGY_DR_TIER: {
    title: 'A disaster-recovery pair has the wrong tiers',
    httpStatus: WRONG,
    help: 'A disaster-recovery cluster names with drFor the primary-trading cluster it stands in for; others name none.',
  },
  TOPOLOGY_DR_MISSING: {
    title: 'A primary cluster has no disaster recovery',
    httpStatus: WRONG,
    help: 'Add a disaster-recovery cluster with drFor, on another provider.',
  },
  TOPOLOGY_REPLICAS_MISSING: {
    title: 'A shard has fewer than three copies',
    httpStatus: WRONG,
    help: 'Name primary, standby and witness: with fewer, the loss of one stops the shard.',
  },
  TOPOLOGY_REPLICAS_SHARE_PROVIDER: {
    title: 'Copies of a shard share a provider',
    httpStatus: WRONG,
    help: 'The loss of that provider would take the majority. Put the three copies on three providers.',
  },
  TOPOLOGY_REPLICAS_SHARE_REGION: {
    title: 'Copies of a shard share a region or failure domain',
    httpStatus: WRONG,
    help: 'The loss of that place would take the majority. Put the three copies in three regions and failure domains.',
  },
  TOPOLOGY_REPLICA_TIER: {
    title: 'A copy of a shard lies where it must not',
    httpStatus: WRONG,
    help: 'Shards are led from clusters that trade and are not preemptible; witness sites hold witnesses only.',
  },
  TOPOLOGY_RESIDENCY_LEAD: {
    title: 'A shard can be led outside its residency',
    httpStatus: WRONG,
    help: 'Primary and standby must both lie in a jurisdiction of leadIn, because each of them leads at times.',
  },
  TOPOLOGY_RESIDENCY_STORE: {
    title: 'A copy of a shard lies outside its residency',
    httpStatus: WRONG,
    help: 'Every copy must lie in a jurisdiction of storeIn.',
  },
  TOPOLOGY_OBSERVERS_FEW: {
    title: 'The observers cannot form the quorum that is asked for',
    httpStatus: WRONG,
    help: 'Name observers in as many regions and on as many providers as regionsMin and providersMin ask for, also after the loss of a provider.',
  },
  TOPOLOGY_MEMBER_KEY: {
    title: 'A member has no usable key',
    httpStatus: WRONG,
    help: 'publicKey is the base64 of the raw 32 bytes of an Ed25519 public key, another one for each member.',
  },
});
export type TopologyCode = keyof typeof TOPOLOGY_ERRORS;

/** Observers, how they see their targets, and what a quorum of them suspects. Changes nothing. */
import { z } from 'zod';
import type { Suspicion } from '#federation/detection/detector.ts';
import type { FederationPicture, ObserverView } from '#federation/picture.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/federation.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];
const READ = { permission: 'federation.read' } as const;

export function detectionRoutes(app: ApiServer, context: ApiContext, picture: FederationPicture): void {
  const { clock } = context.deps;
  const { detection } = picture.parts;

  app.get(
    '/observers',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every observer that counts, how well it is, and what a quorum takes',
        response: { 200: shapes.observerListSchema, ...PROBLEMS },
      },
    },
    async () => {
      const { seats, regionsMin, providersMin } = detection.detector.quorum;
      return {
        observers: picture.observers().map(presentObserver),
        quorum: { weightNeeded: seats.length / 2, regionsMin, providersMin },
        timeMicros: clock.nowMicros(),
      };
    },
  );

  app.get(
    '/observers/:observer',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One observer and its last vote',
        params: z.object({ observer: z.string().max(64) }),
        response: { 200: shapes.observerDetailSchema, ...PROBLEMS },
      },
    },
    async ({ params: { observer } }) => {
      const found = picture.observers().find(({ site }) => site.name === observer);
      if (found === undefined) throw notFound(`observer ${observer}`);
      return {
        observer: presentObserver(found),
        links: picture.links().filter((link) => link.observer === observer),
      };
    },
  );

  app.get(
    '/links',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'How each observer sees each target: suspicion, round trip, clock',
        response: { 200: shapes.linkListSchema, ...PROBLEMS },
      },
    },
    async () => ({ links: [...picture.links()], timeMicros: clock.nowMicros() }),
  );

  app.get(
    '/suspicions',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What the votes on each target come to',
        response: { 200: shapes.suspicionListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      suspicions: picture.suspicions().map((suspicion) => present(suspicion)),
      timeMicros: clock.nowMicros(),
    }),
  );

  app.get(
    '/suspicions/:target',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What the votes on one target come to',
        params: z.object({ target: z.string().max(64) }),
        response: { 200: shapes.suspicionSchema, ...PROBLEMS },
      },
    },
    async ({ params: { target } }) => {
      if (!picture.targets().includes(target)) throw notFound(`target ${target}`);
      return present(detection.suspicion(target));
    },
  );

  function present({ tally, ...suspicion }: Suspicion) {
    const { suspected: _now, suspecting, trusting, silent, ...counted } = tally;
    return {
      ...suspicion,
      ...counted,
      state: detection.detector.state(suspicion.target, clock.nowMicros()),
      suspecting: [...suspecting],
      trusting: [...trusting],
      silent: [...silent],
    };
  }
}

function presentObserver({ site, vote, heardMicros, fresh }: ObserverView) {
  return {
    observer: site.name,
    provider: site.provider,
    region: site.region,
    heard: vote !== undefined,
    fresh,
    score: vote?.score ?? null,
    weight: vote?.weight ?? null,
    heardMicros: heardMicros ?? null,
  };
}

/**
 * Which model speaks for which service and horizon: champions, challengers, and those that were refused. One rule stands
 * above all: a model that does not beat the best naive forecast on its validation windows is never promoted.
 */
import { createHash } from 'node:crypto';
import { CodedError } from '#kit/errors.ts';
import {
  addForecastModel,
  crownModel,
  listForecastModels,
  modelsInState,
  readForecastModel,
} from '#store/forecasts.ts';
import type { ForecastModelsTable, ModelState } from '#store/forecast-tables.ts';
import type { Store } from '#store/open.ts';
import { HorizonModel, type HorizonModelData } from '../forecast/horizon-model.ts';
import { FORECAST_ERRORS } from './errors.ts';

/** What people read about a model. */
export interface ModelCard {
  /** SHA-256 of the load it learnt from. */
  readonly dataHash: string;
  readonly minutes: number;
  readonly features: number;
  readonly members: { name: string; weight: number }[];
  readonly naive: string;
  readonly codeVersion: string;
  /** Mean absolute errors on the validation windows, and their ratio; below 1 the model is better. */
  readonly validation: { readonly model: number; readonly naive: number; readonly ratio: number };
  readonly limits: string;
}

export interface RegisteredModel {
  readonly modelId: string;
  readonly service: string;
  readonly horizon: string;
  readonly state: ModelState;
  readonly createdMicros: number;
  readonly card: ModelCard;
}

/** A champion and a better challenger: by that share of the champion's validation ratio. */
const BETTER_BY = 0.98;
const MODELS_LISTED_MAX = 200;
const LIMITS =
  'Learnt from this platform’s own load. Says nothing of loads it has not seen the like of; its trust falls to the naive forecast when its errors grow.';

export class ModelRegistry {
  private readonly store: Store;
  private readonly codeVersion: string;

  constructor(store: Store, codeVersion: string) {
    this.store = store;
    this.codeVersion = codeVersion;
  }

  /**
   * Stores a trained model and gives it its state: refused where it is not better than the naive forecast, champion where
   * there is none or it is clearly better, else challenger.
   */
  async add(
    service: string,
    horizon: string,
    data: HorizonModelData,
    learntFrom: Float64Array,
  ): Promise<RegisteredModel> {
    const { model, naive } = data.validation;
    const ratio = naive > 0 ? model / naive : 1;
    const card: ModelCard = {
      dataHash: createHash('sha256').update(new Uint8Array(learntFrom.slice().buffer)).digest('hex'),
      minutes: learntFrom.length,
      features: data.names.length,
      members: data.members.map(({ name }, at) => ({ name, weight: data.blend.weights[at] })),
      naive: data.naive,
      codeVersion: this.codeVersion,
      validation: { model, naive, ratio },
      limits: LIMITS,
    };
    const champion = (await this.champions()).find((one) => one.service === service && one.horizon === horizon);
    const refused = !(ratio < 1);
    // A fresh champion has seen what the old one has not: it only has to be about as good.
    const crowned = !refused && (champion === undefined || ratio <= champion.card.validation.ratio / BETTER_BY);
    const row: ForecastModelsTable = {
      model_id: this.store.ids('mdl'),
      service,
      horizon,
      state: refused ? 'refused' : 'challenger',
      created_micros: this.store.clock.nowMicros(),
      card: JSON.stringify(card),
      body: JSON.stringify(data),
    };
    await addForecastModel(this.store, row);
    if (crowned) await crownModel(this.store, row.model_id, service, horizon);
    return toModel({ ...row, state: crowned ? 'champion' : row.state });
  }

  /** Newest first. */
  async list(): Promise<RegisteredModel[]> {
    return (await listForecastModels(this.store, MODELS_LISTED_MAX)).map(toModel);
  }

  async champions(): Promise<RegisteredModel[]> {
    return (await modelsInState(this.store, 'champion')).map(toModel);
  }

  /** Throws FORECAST_MODEL_UNKNOWN. */
  async read(modelId: string): Promise<RegisteredModel> {
    return toModel(await this.row(modelId));
  }

  /** The model itself, ready to forecast. Throws FORECAST_MODEL_UNKNOWN. */
  async open(modelId: string): Promise<HorizonModel> {
    return new HorizonModel(JSON.parse((await this.row(modelId)).body) as HorizonModelData);
  }

  /** Makes a model champion. Throws FORECAST_MODEL_REFUSED for one that lost to the naive forecast. */
  async promote(modelId: string): Promise<RegisteredModel> {
    const model = await this.read(modelId);
    if (model.state === 'refused') throw new CodedError(FORECAST_ERRORS.FORECAST_MODEL_REFUSED, modelId);
    await crownModel(this.store, modelId, model.service, model.horizon);
    return { ...model, state: 'champion' };
  }

  /** Makes the newest retired model champion again. Throws FORECAST_NO_EARLIER_MODEL where there is none. */
  async rollBack(service: string, horizon: string): Promise<RegisteredModel> {
    const earlier = (await modelsInState(this.store, 'retired')).find(
      (row) => row.service === service && row.horizon === horizon,
    );
    if (earlier === undefined) {
      throw new CodedError(FORECAST_ERRORS.FORECAST_NO_EARLIER_MODEL, `${service} ${horizon}`);
    }
    return this.promote(earlier.model_id);
  }

  private async row(modelId: string): Promise<ForecastModelsTable> {
    const row = await readForecastModel(this.store, modelId);
    if (row === undefined) throw new CodedError(FORECAST_ERRORS.FORECAST_MODEL_UNKNOWN, modelId);
    return row;
  }
}

function toModel(row: Omit<ForecastModelsTable, 'body'>): RegisteredModel {
  return {
    modelId: row.model_id,
    service: row.service,
    horizon: row.horizon,
    state: row.state,
    createdMicros: row.created_micros,
    card: JSON.parse(row.card) as ModelCard,
  };
}

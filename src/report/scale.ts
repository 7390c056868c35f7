/** The parameters of the `tables` stage, as the lock records them: dotted key to value. */
export type ReportParams = Readonly<Record<string, unknown>>;

export class ReportError extends Error {
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

/** Reads `a.b.c` from the recorded parameters, whichever of its parents is the recorded key. */
function lookUp(params: ReportParams, key: string): unknown {
  const names = key.split('.');
  let value: unknown = params;
  for (const name of names) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

function text(params: ReportParams, key: string): string {
  const value = lookUp(params, key);
  if (value === undefined) {
    throw new ReportError(`the parameters recorded for the report have no '${key}': run the stage 'tables' again`);
  }
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value);
}

function isSynthetic(path: string): boolean {
  return path.startsWith('${run}/');
}

/** One paragraph that says at which scale a task on pairs was run. */
export function pairScale(params: ReportParams, task: string): string {
  const get = (key: string) => text(params, key);
  const pictures = get(`tasks.${task}.pictures`);
  const isDrawn = lookUp(params, `pictures.${pictures}.perClass`) !== undefined;
  return (
    `Scale: profile ${get('profile')}, ${isDrawn ? drawings(params, pictures) : faces(params, pictures)}, ` +
    `folds ${listed(params, `tasks.${task}.folds`)} of ${get(`pictures.${pictures}.folds.count`)}` +
    `${isDrawn ? '' : ` by ${get(`pictures.${pictures}.folds.by`)}`}, ${repeated(params, task)}` +
    `${validated(params, task)}${trained(params, task)}`
  );
}

/** Which repetitions a fold is the mean of; nothing where it is trained once. */
function repeated(params: ReportParams, task: string): string {
  const repeats = lookUp(params, `tasks.${task}.repeats`);
  return Array.isArray(repeats) && repeats.length > 0 ? `each the mean of repetitions ${repeats.join(', ')}, ` : '';
}

/** One paragraph that says at which scale the ablation was run: one BaseNet, repeated. */
export function ablationScale(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  const pictures = get('tasks.ablation.pictures');
  return (
    `Scale: profile ${get('profile')}, ${faces(params, pictures)}, BaseNet ${get('tasks.ablation.nets')}, ` +
    `folds ${listed(params, 'tasks.ablation.folds')} of ${get(`pictures.${pictures}.folds.count`)} by ` +
    `${get(`pictures.${pictures}.folds.by`)}, repetitions ${listed(params, 'tasks.ablation.repeats')}, ` +
    validated(params, 'ablation') +
    trained(params, 'ablation')
  );
}

/** What tables of trials say, whose numbers are there to choose settings by. */
function validated(params: ReportParams, task: string): string {
  if (lookUp(params, `tasks.${task}.evaluateOn`) !== 'validation') return '';
  return 'measured on validation pictures, not on those to test on, ';
}

/** Into how many folds the pictures of the ablation are divided. */
export function foldCount(params: ReportParams): number {
  return Number(text(params, `pictures.${text(params, 'tasks.ablation.pictures')}.folds.count`));
}

/** A list of numbers; an empty one switches off what it would number. */
function listed(params: ReportParams, key: string): string {
  return text(params, key) || 'none';
}

/** The corpora of a set of pictures that are in use, by name. */
function corporaOf(params: ReportParams, pictures: string): readonly (readonly [string, string])[] {
  const corpora = lookUp(params, `pictures.${pictures}.corpora`) ?? {};
  return Object.entries(corpora).flatMap(([name, root]) => (typeof root === 'string' ? [[name, root] as const] : []));
}

function faces(params: ReportParams, pictures: string): string {
  return corporaOf(params, pictures)
    .map(([name, root]) =>
      isSynthetic(root)
        ? `synthetic faces in the layout of ${name} (${text(params, `synthesize.${name}.subjects`)} people)`
        : `${name} as supplied by the user`,
    )
    .join(' and ');
}

function drawings(params: ReportParams, pictures: string): string {
  const get = (key: string) => text(params, `pictures.${pictures}.${key}`);
  return `${get('perClass')} drawings of each of ${get('classes')}`;
}

/** One paragraph that says at which scale a task on stills was run. */
export function stillScale(params: ReportParams, task: string): string {
  const get = (key: string) => text(params, key);
  const own = (key: string) => get(`tasks.${task}.${key}`);
  const pictures = own('pictures');
  const annotated = corporaOf(params, pictures).filter(([name]) => isOfSequences(params, name));
  const [still = ['none', '']] = corporaOf(params, pictures).filter(([name]) => !isOfSequences(params, name));
  const perClass = (split: string) => get(`synthesize.wild.perClass.${split}`);
  const corpus = isSynthetic(still[1])
    ? `synthetic faces in the form of LSEMSW (${perClass('train')} training, ${perClass('val')} validation and ` +
      `${perClass('test')} test pictures of each class)`
    : `the corpus that the user supplied (${still[0]})`;
  const [[name, root] = ['none', '']] = annotated;
  const landmarks = `${isSynthetic(root) ? 'synthetic faces in the layout of ' : ''}${name}`;
  return (
    `Scale: profile ${get('profile')}, ${corpus}, landmarks from ${landmarks}, ` +
    `repetitions ${listed(params, `tasks.${task}.repeats`)}, BaseNet ${own('net')} of the last three ` +
    `rows, easy pictures: the surest ${own('systems.easyShare')} of each class of ${own('systems.easyFrom')}, ` +
    validated(params, task) +
    trained(params, task)
  );
}

/** Corpora of stills stand beside those of sequences, which other sets of pictures name as well. */
function isOfSequences(params: ReportParams, name: string): boolean {
  const sets = Object.values((lookUp(params, 'pictures') ?? {}) as Record<string, Record<string, unknown>>);
  return sets.some(({ folds, corpora }) => folds !== undefined && Object.hasOwn(corpora ?? {}, name));
}

/** `tasks.X.training` replaces keys of `training` for that task. */
function overlay(base: unknown, top: unknown): unknown {
  const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(top)) return top === undefined ? base : top;
  const merged = { ...(base as Record<string, unknown>) };
  for (const [key, value] of Object.entries(top as Record<string, unknown>)) merged[key] = overlay(merged[key], value);
  return merged;
}

function trained(given: ReportParams, task: string): string {
  const own = overlay(lookUp(given, 'training'), lookUp(given, `tasks.${task}.training`));
  const get = (key: string) => text({ ...given, training: own }, key);
  return (
    `${get('data.size')}x${get('data.size')}x${get('data.channels')} pixels, width ${get('training.model.width')}, ` +
    `batch ${get('training.train.batch')}, iterations: ${get('training.pretrainE.iterations')} pretraining the classifier, ` +
    `${get('training.pretrainG.iterations')} the generator, then ${get('training.train.iterations.cnn')} CNN or ` +
    `${get('training.train.iterations.gan')} GAN; ${get('training.optimizer.kind')}; seed ${get('seed')}; ` +
    `backend ${get('backend')}.`
  );
}

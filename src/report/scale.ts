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

/** One paragraph that says at which scale the face tables were run. */
export function faceScale(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  return `${faceCorpora(params)}, folds ${listed(params, 'faces.folds.run')} of ${get('faces.folds.count')} by ${get('faces.folds.by')}, ${common(params)}`;
}

/** One paragraph that says at which scale the ablation was run. */
export function ablationScale(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  return (
    `${faceCorpora(params)}, BaseNet ${get('ablation.net')}, folds ${listed(params, 'ablation.folds')} of ` +
    `${get('faces.folds.count')} by ${get('faces.folds.by')}, repetitions ${listed(params, 'ablation.repeats')}, ${common(params)}`
  );
}

/** Into how many folds the faces are split. */
export function foldCount(params: ReportParams): number {
  return Number(text(params, 'faces.folds.count'));
}

/** A list of numbers; an empty one switches off what it would number. */
function listed(params: ReportParams, key: string): string {
  return text(params, key) || 'none';
}

function faceCorpora(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  const corpora = (lookUp(params, 'faces.use') as readonly string[]).map((name) =>
    isSynthetic(get(`faces.corpora.${name}.root`))
      ? `synthetic faces in the layout of ${name} (${get(`synthesize.${name}.subjects`)} people)`
      : `${name} as supplied by the user`,
  );
  return `Scale: profile ${get('profile')}, ${corpora.join(' and ')}`;
}

/** One paragraph that says at which scale the drawings were run. */
export function sketchScale(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  return (
    `Scale: profile ${get('profile')}, ${get('sketches.perClass')} drawings of each of ${get('sketches.classes')}, ` +
    `folds ${listed(params, 'sketches.folds.run')} of ${get('sketches.folds.count')}, ` +
    common({ ...params, training: overlay(lookUp(params, 'training'), lookUp(params, 'sketches.training')) })
  );
}

/** One paragraph that says at which scale Table 3 was run. */
export function wildScale(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  const perClass = (split: string) => get(`synthesize.wild.perClass.${split}`);
  const corpus = isSynthetic(get('wild.root'))
    ? `synthetic faces in the form of LSEMSW (${perClass('train')} training, ${perClass('val')} validation and ` +
      `${perClass('test')} test pictures of each class)`
    : `the corpus that the user supplied (${get('wild.reader')})`;
  const landmarks = get('wild.landmarks');
  const isDrawn = landmarks !== 'none' && isSynthetic(get(`faces.corpora.${landmarks}.root`));
  const annotated = `${isDrawn ? 'synthetic faces in the layout of ' : ''}${landmarks}`;
  return (
    `Scale: profile ${get('profile')}, ${corpus}, landmarks from ${annotated}, repetitions ${listed(params, 'wild.repeats')}, BaseNet ${get('wild.net')} of the last three ` +
    `rows, easy pictures: the surest ${get('wild.easyShare')} of each class of ${get('wild.easyFrom')}, ` +
    common({ ...params, training: overlay(lookUp(params, 'training'), lookUp(params, 'wild.training')) })
  );
}

/** `sketches.training` and `wild.training` replace keys of `training` for these tasks. */
function overlay(base: unknown, top: unknown): unknown {
  const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(top)) return top === undefined ? base : top;
  const merged = { ...(base as Record<string, unknown>) };
  for (const [key, value] of Object.entries(top as Record<string, unknown>)) merged[key] = overlay(merged[key], value);
  return merged;
}

function common(params: ReportParams): string {
  const get = (key: string) => text(params, key);
  return (
    `${get('data.size')}x${get('data.size')}x${get('data.channels')} pixels, width ${get('training.model.width')}, ` +
    `batch ${get('training.train.batch')}, iterations: ${get('training.pretrainE.iterations')} pretraining the classifier, ` +
    `${get('training.pretrainG.iterations')} the generator, then ${get('training.train.iterations.cnn')} CNN or ` +
    `${get('training.train.iterations.gan')} GAN; ${get('training.optimizer.kind')}; seed ${get('seed')}; ` +
    `backend ${get('backend')}.`
  );
}

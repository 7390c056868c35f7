import { ParamsError } from './params-error.ts';

/** Values by name. */
export type Values = Readonly<Record<string, unknown>>;

interface Place {
  /** Name of the stage, for messages. */
  readonly stage: string;
  /** Dotted key of the map with a dot behind it; empty for the whole document. */
  readonly prefix: string;
}

const places = new WeakMap<object, Place>();

/**
 * A map of which a stage declares only parts. Spread, listed or printed it is plain data; only reading a
 * param that is not there throws, instead of giving an undefined with which a stage would compute something else. Which
 * names there are beside the declared ones is not known here, because a program that imported the declarations would
 * have them in its fingerprint: every name that is read counts as one. Hence a Proxy.
 */
export function guarded(values: Values, place: Place): Values {
  const map = new Proxy(values, {
    get(target, name, receiver): unknown {
      if (typeof name === 'string' && !Object.hasOwn(target, name) && !isLanguage(name)) {
        const key = place.prefix + name;
        throw new ParamsError(
          `${place.stage}: reads ${key}, which its params in pipeline.yaml do not name. ` +
            `Add ${key} there, so that a change of it runs the stage again.`,
        );
      }
      return Reflect.get(target, name, receiver);
    },
  });
  places.set(map, place);
  return map;
}

/** Other values at the place of a guarded map; a plain map stays plain. */
export function guardedLike(map: object, values: Values): Values {
  const place = places.get(map);
  return place === undefined ? values : guarded(values, place);
}

export function isGuarded(map: object): boolean {
  return places.has(map);
}

/** Names that JSON.stringify, await and the language itself ask every object for. */
function isLanguage(name: string): boolean {
  return name === 'toJSON' || name === 'then' || name in Object.prototype;
}

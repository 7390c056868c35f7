import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DiagnosticList } from '../yaml/diagnostics.ts';
import { hasBearableSize } from '../yaml/document-size.ts';
import { kindOf, mapOf } from '../yaml/node.ts';
import type { MapNode } from '../yaml/node.ts';
import { expandHome } from '../paths/paths.ts';
import { schemaOf } from './params-schema.ts';
import type { SchemaReference } from './params-schema.ts';
import { readNamed } from './read-file.ts';
import { SourceFile } from '../yaml/source-file.ts';
import type { Position } from '../yaml/values.ts';
import { readYamlOrCopy } from '../yaml/yaml-reader.ts';
import type { DocumentCopies } from '../yaml/yaml-reader.ts';

export interface ParamsFile {
  /** Relative to the project's root, with forward slashes. */
  readonly file: string;
  readonly document: MapNode;
  /** Null when it names none. */
  readonly schema: SchemaReference | null;
}

/** The params files of a project, each read once, whoever names it. */
export class ParamsFiles {
  readonly #root: string;
  readonly #diagnostics: DiagnosticList;
  readonly #copies: DocumentCopies | undefined;
  readonly #read = new Map<string, ParamsFile | null>();
  readonly #exists = new Map<string, boolean>();

  constructor(root: string, diagnostics: DiagnosticList, copies?: DocumentCopies) {
    this.#root = root;
    this.#diagnostics = diagnostics;
    this.#copies = copies;
  }

  /**
   * A file that is named at `at`, or null after a diagnostic: at every place that names a file that is not there, but
   * once for what is wrong inside.
   *
   * @param path absolute, or relative to the project's root
   */
  read(path: string, at: Position | null): ParamsFile | null {
    const absolute = resolve(this.#root, expandHome(path));
    const known = this.#read.get(absolute);
    if (known !== undefined) return known;
    if (/\.(?:toml|py)$/i.test(path)) {
      const hint = 'write the values as YAML or JSON, and let programs read those';
      this.#diagnostics.add('params-format', at, `${path} is not a params file in YAML or JSON`, { hint });
      return null;
    }
    const source = readNamed(this.#root, expandHome(path), 'params file', at, this.#diagnostics);
    if (source === null) return null;
    const document = this.#parse(source.file, source.text);
    const schema =
      document === null ? null : schemaOf(expandHome(path), new SourceFile(source.file, source.text), document);
    const read = document === null ? null : { file: source.file, document, schema };
    this.#read.set(absolute, read);
    return read;
  }

  /** The files that were read, relative to the project's root. */
  names(): string[] {
    return [...this.#read.values()].flatMap((read) => (read === null ? [] : [read.file]));
  }

  /** Whether there is a file at a path below the root; asked once. */
  has(path: string): boolean {
    const known = this.#exists.get(path) ?? existsSync(resolve(this.#root, path));
    this.#exists.set(path, known);
    return known;
  }

  #parse(file: string, text: string): MapNode | null {
    const node = readYamlOrCopy(file, text, this.#diagnostics, this.#copies);
    if (node === 'empty') return mapOf(new Map(), null);
    if (node?.kind === 'map') return hasBearableSize(node, this.#diagnostics) ? node : null;
    if (node !== null) {
      const message = `a params file must be a map of keys, and is ${kindOf(node)}`;
      this.#diagnostics.add('params-root', node.at, message);
    }
    return null;
  }
}

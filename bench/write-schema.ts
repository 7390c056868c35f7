/** Writes docs/schema/pipeline.schema.json anew from src/engine/schema/schema.ts: `npm run schema`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipelineSchemaText } from '../src/engine/schema/schema.ts';

const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../docs/schema/pipeline.schema.json');
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, pipelineSchemaText());

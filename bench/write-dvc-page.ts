/** Writes docs/coming-from-dvc.md from the cases in test/as-in-dvc: `npm run docs:dvc`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dvcPage } from '../test/as-in-dvc/page.ts';

writeFileSync(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../docs/coming-from-dvc.md'), dvcPage());

/** What an evaluating stage leaves in its directory for the figures; a file of its own, so that no figure's code is in the fingerprint of an evaluation. */
export const EVAL_FILES = {
  samples: 'samples.json',
  sheet: 'samples.png',
  pairs: 'face-pairs.json',
  features: 'features.safetensors',
  history: 'history.csv',
} as const;

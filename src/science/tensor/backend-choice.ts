export type BackendName = 'wasm' | 'node' | 'node-gpu';

/** A path that cannot be taken as content: the message says which and why. */
export class ArtifactError extends Error {
  override readonly name: string = 'ArtifactError';
}

/** Something went away between the moment it was seen and the moment it was read. A second look may find all in order. */
export class VanishedError extends ArtifactError {
  override readonly name = 'VanishedError';
}

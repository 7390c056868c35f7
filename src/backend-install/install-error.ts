/** Why a native backend could not be installed; the message is all a user needs: what happened and what to do. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

/** Catches what is written to standard error until the returned function is called, which gives it. */
export function listen(): () => string {
  const write = process.stderr.write.bind(process.stderr);
  let said = '';
  process.stderr.write = (text: string | Uint8Array) => Boolean((said += String(text)));
  return () => {
    process.stderr.write = write;
    return said;
  };
}

/** What is written to standard error while `body` runs. */
export function overhear(body: () => void): string {
  const stop = listen();
  try {
    body();
  } catch (error) {
    stop();
    throw error;
  }
  return stop();
}

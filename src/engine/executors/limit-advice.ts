/** What to do about a limit of the system that an error came from, to be put behind its message; else empty. */
export function limitAdvice(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return ': too many files are open. Raise the limit, for example with "ulimit -n 4096", or run fewer stages at once (-j)';
  }
  if (code === 'EAGAIN' || code === 'ENOMEM') {
    return ': there are too many processes, or too little memory. Raise the limit ("ulimit -u"), or run fewer stages at once (-j)';
  }
  return '';
}

/** A path further down, and what is asked there; some providers have a query of their own. */
export function pathBelow(path: string, below: string, query = ''): string {
  const mark = path.indexOf('?');
  if (mark < 0) return path + below + query;
  return path.slice(0, mark) + below + path.slice(mark) + query.replace('?', '&');
}

/** Stub until the view is there. */
export function Graph() {
  return null;
}

/** What a page knows, in one place: controls write into it, views are told of every change. */

type Listener<State> = (now: State, before: State) => void;

export class Store<State extends object> {
  private readonly listeners: Array<Listener<State>> = [];

  constructor(public now: State) {}

  set(change: Partial<State>): void {
    const before = this.now;
    this.now = this.following({ ...before, ...change }, before);
    for (const listener of this.listeners) listener(this.now, before);
  }

  /** Calls the listener at once and after every change. */
  watch(listener: Listener<State>): void {
    this.listeners.push(listener);
    listener(this.now, this.now);
  }

  /** What follows from a change besides. */
  protected following(changed: State, _before: State): State {
    return changed;
  }
}

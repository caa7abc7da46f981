import { numberOfVersion } from "../../postgres/version.ts";
import { isAnswer } from "./failure.ts";
import { askBehind } from "./read-only.ts";
import type { Answer, Session, Statement } from "./session.ts";

/** Names the statement that a server of this version will be asked first. */
export type FirstStatement = (versionNum: number) => Statement | null;

/** An older answer says nothing of now. */
const freshMs = 1000;

/** A question that was sent in one go with that for the facts of a server, and is answered when it is asked. */
export class QuestionAhead {
  /** Null when the server refused it, and it has to be asked again. Rejects when the session is lost. */
  readonly answer: Promise<Answer | null>;
  readonly #statement: Statement;
  readonly #sentMs = performance.now();

  private constructor(session: Session, statement: Statement) {
    this.#statement = statement;
    // Without a name: through a pooler the next transaction may run on another backend.
    this.answer = askBehind(session, statement, { first: null, prepared: null }).then(
      (answer) => ({ ...answer, ms: performance.now() - this.#sentMs }),
      (cause: unknown) => {
        if (isAnswer(cause)) return null;
        throw cause;
      },
    );
    this.answer.catch(() => {});
  }

  /** Null where it is not known yet what will be asked. */
  static send(session: Session, first: FirstStatement): QuestionAhead | null {
    const versionNum = session.serverVersion && numberOfVersion(session.serverVersion);
    const statement = versionNum ? first(versionNum) : null;
    return statement && new QuestionAhead(session, statement);
  }

  /** True when this statement was sent, a moment ago. */
  fits({ name, text }: Statement): boolean {
    const isSame = name === this.#statement.name && text === this.#statement.text;
    return isSame && performance.now() - this.#sentMs < freshMs;
  }
}

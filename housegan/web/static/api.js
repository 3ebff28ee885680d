/** Ask the server that this page came from. */

export class RequestError extends Error {
  /** `status` is 0 where no answer came; `answer` is the JSON that came with a refusal, or {}. */
  constructor(status, answer, message) {
    super(message);
    this.status = status;
    this.answer = answer;
  }

  /** Whether asking again later may help: nobody answered, or somebody stumbled. */
  get gone() {
    return this.status === 0 || this.status >= 500;
  }
}

/** GET `path`, or POST `post` to it as JSON; resolves to the JSON of the answer. Throws RequestError. */
export async function ask(path, { post, timeout_s = 20 } = {}) {
  const request = { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(timeout_s * 1000) };
  if (post !== undefined) {
    request.method = "POST";
    request.headers = { "Content-Type": "application/json", "X-Housegan": "1" };
    request.body = JSON.stringify(post);
  }
  let response;
  let answer;
  try {
    response = await fetch(path, request);
    answer = response.ok ? await response.json() : await response.json().catch(() => ({}));
  } catch {
    throw new RequestError(0, {}, "The server doesn’t answer.");
  }
  if (!response.ok) {
    throw new RequestError(response.status, answer, answer.error || `The server said ${response.status}.`);
  }
  return answer;
}

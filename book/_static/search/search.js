/**
 * Search that puts the right page first: Pagefind's index, wherever the book comes from a server.
 *
 * Where its pages are opened as files a browser hands out no index, and Sphinx' own search, which
 * stands on its page anyway, goes on alone.
 */
(() => {
  const root = () => new URL(document.documentElement.dataset.content_root || "./", location.href);

  // Longer pages say more about a thing, but so do they about all others.
  const RANKING = { termFrequency: 0.6, pageLength: 0.6 };
  const PAGES = 8;
  const PARTS = 3;

  let engine = null;

  /** Return Pagefind, loaded once; null where it can't be had. */
  function pagefind() {
    if (!location.protocol.startsWith("http")) return Promise.resolve(null);
    engine ??= import(new URL("pagefind/pagefind.js", root()).href)
      .then(async (loaded) => {
        await loaded.options({ ranking: RANKING });
        return loaded;
      })
      .catch(() => null);
    return engine;
  }

  /**
   * Return what the index knows of some words, best first.
   * @param {string} words
   * @returns {Promise<?Array<{url: string, title: string, excerpt: string, parts: Array}>>}
   *     null where there is no index.
   */
  async function search(words) {
    const loaded = await pagefind();
    if (loaded === null) return null;
    const { results } = await loaded.search(words);
    const pages = await Promise.all(results.slice(0, PAGES).map((result) => result.data()));
    return pages.map((page) => ({
      url: page.url,
      title: page.meta.title,
      excerpt: page.excerpt,
      parts: page.sub_results
        .filter((part) => part.url !== page.url && part.title !== page.meta.title)
        .slice(0, PARTS),
    }));
  }

  /** Return an element with a class and children. */
  function element(tag, name, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children);
    return made;
  }

  /** Return a link. */
  function link(url, title) {
    const made = element("a", "", title.replace(/[#¶]\s*$/u, ""));
    made.href = url;
    return made;
  }

  /** Fill a list with what was found, and say how much it is. */
  function show(list, status, words, pages) {
    list.replaceChildren(
      ...pages.map((page) => {
        const excerpt = element("p", "");
        // Pagefind escapes a page's text, and marks the words that were looked for.
        excerpt.innerHTML = page.excerpt;
        const parts = page.parts.map((part) => element("li", "", link(part.url, part.title)));
        const inner = parts.length ? [element("ul", "", ...parts)] : [];
        return element("li", "", link(page.url, page.title), excerpt, ...inner);
      }),
    );
    status.textContent = pages.length
      ? `${pages.length} ${pages.length === 1 ? "page" : "pages"}, the best first`
      : `Nothing in the course speaks of “${words}”.`;
  }

  /** Return where answers go, with what is said of them for those who listen. */
  function place() {
    const status = element("p", "found-status");
    status.setAttribute("role", "status");
    return [status, element("ol", "found")];
  }

  /** Answer in the field's own window while one types. */
  function answerWhileTyping(form) {
    const field = form.querySelector("input[name=q]");
    const [status, list] = place();
    const frame = element("div", "found-frame", status, list);
    let last = 0;
    field.addEventListener("input", async () => {
      const mine = (last += 1);
      const words = field.value.trim();
      if (words.length < 2) return frame.remove();
      const pages = await search(words);
      // Somebody has typed on, or there is no index and Enter leads to Sphinx' page.
      if (mine !== last || pages === null) return undefined;
      form.after(frame);
      return show(list, status, words, pages);
    });
  }

  /** Answer on the search page, in place of what Sphinx lists there. */
  async function answerOnThePage(theirs) {
    const words = new URLSearchParams(location.search).get("q")?.trim();
    if (!words) return;
    const pages = await search(words);
    if (pages === null) return;
    const [status, list] = place();
    theirs.before(status, list);
    theirs.hidden = true;
    show(list, status, words, pages);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const theirs = document.getElementById("search-results");
    for (const form of document.querySelectorAll("#pst-search-dialog form")) answerWhileTyping(form);
    if (theirs) answerOnThePage(theirs);
  });
})();

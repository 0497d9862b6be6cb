// What stands around the views: title, navigation, theme, footer.

import { useEffect, useState } from "preact/hooks";
import { Name } from "./Common.jsx";
import { plain } from "./Format.js";
import { licences } from "./Licences.js";
import { usedDevices } from "./Words.js";

/** Under which the browser keeps the theme, for all reports. */
const key = "onnx-split-theme";

/** A page of a file may have no storage. */
function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Light or dark: as the system has it until somebody chooses. */
function ThemeButton() {
  const [theme, setTheme] = useState(
    () =>
      stored() ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  );
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    setTheme(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // It lasts as long as the page, then.
    }
  };
  return (
    <button type="button" class="plain" onClick={toggle}>
      {theme === "dark" ? "Light" : "Dark"}
    </button>
  );
}

/** Opens what is folded while the page is printed, and closes it again. */
function openForPrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((element) => (element.open = true));
  });
  addEventListener("afterprint", () => {
    opened.forEach((element) => (element.open = false));
  });
}

/** The model, the cluster, and how many of its devices have a stage. */
export function Header({ data }) {
  useEffect(openForPrint, []);
  useEffect(() => {
    document.title = `${plain(data.name).slice(0, 120)}: onnx-split report`;
  }, [data]);
  const cluster = data.plan.cluster?.file;
  return (
    <header class="top">
      <div>
        <p class="program">
          {plain(data.report.program ?? "onnx-split")} report
        </p>
        <h1>
          <Name name={data.name} most={80} />
        </h1>
        {cluster && (
          <p class="quiet">
            over <Name name={String(cluster).split(/[\\/]/).pop()} most={60} />,{" "}
            {usedDevices(data).size} of {data.deviceByName.size} devices in use
          </p>
        )}
      </div>
      <div class="buttons">
        <ThemeButton />
        <button type="button" class="plain" onClick={() => print()}>
          Print
        </button>
      </div>
    </header>
  );
}

/** Which of the views is at the top of the window. */
function useCurrent(views) {
  const [current, setCurrent] = useState(views[0][0]);
  useEffect(() => {
    const find = () => {
      // From the navigation on, which stays at the top of the window.
      const passed = views.filter(
        ([id]) =>
          document.getElementById(id)?.getBoundingClientRect().top < 120,
      );
      setCurrent((passed.at(-1) ?? views[0])[0]);
    };
    addEventListener("scroll", find, { passive: true });
    return () => removeEventListener("scroll", find);
  }, [views]);
  return current;
}

/** `views` are [id, title]. */
export function Navigation({ views }) {
  const current = useCurrent(views);
  return (
    <nav class="views" aria-label="Views">
      <ul>
        {views.map(([id, title]) => (
          <li key={id}>
            <a
              href={"#" + id}
              aria-current={id === current ? "true" : undefined}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** From what, how and with which libraries. */
export function Footer({ data }) {
  const { plan } = data;
  return (
    <footer class="bottom">
      <dl class="facts">
        {[
          ["Model", plan.source?.file],
          ["Cluster", plan.cluster?.file],
          [
            "Strategy",
            plan.strategy &&
              `${plan.strategy}, found by ${plan.method}, ${plan.class}`,
          ],
          ["Seed", plan.seed !== undefined && String(plan.seed)],
        ]
          .filter(([, value]) => value)
          .map(([title, value]) => (
            <div key={title} class="fact">
              <dt>{title}</dt>
              <dd>
                <Name name={value} most={120} />
              </dd>
            </div>
          ))}
      </dl>
      {licences.length > 0 && (
        <details class="as-table">
          <summary>Libraries in this page and their licences</summary>
          {licences.map(({ name, version, licence, text }) => (
            <section key={name} aria-label={name}>
              <h3>
                {name} {version}, {licence}
              </h3>
              <pre tabIndex={0}>{text}</pre>
            </section>
          ))}
        </details>
      )}
    </footer>
  );
}

// What the signs of the drawing mean, and what is shown.

import { countPassing } from "./Search.js";

/** A line as in the drawing. */
const Line = ({ className }) => (
  <svg width="30" height="10" aria-hidden="true" class="sample">
    <path
      class={`line ${className}`}
      d="M1 5H29"
      style={{ "--width": "2px" }}
    />
  </svg>
);

export function Legend({ data, withConstants, onConstants, onReset }) {
  const counts = countPassing(data);
  const hasConstants = data.report.nodes.some((node) => node.is_constant);
  return (
    <div class="legend-row">
      <ul class="signs" aria-label="Signs">
        <li>
          <span class="sample-share" aria-hidden="true" />
          share of the stage's time
        </li>
        <li>
          <Line className="" />
          thicker for more bytes
        </li>
        {counts["no-cut"] > 0 && (
          <li>
            <Line className="is-no-cut" />
            cannot be cut
          </li>
        )}
        {counts.unknown > 0 && (
          <li>
            <span class="sample-badge" aria-hidden="true">
              ?
            </span>
            cost not known
          </li>
        )}
      </ul>
      {hasConstants && (
        <label class="switch">
          <input
            type="checkbox"
            checked={withConstants}
            onChange={(event) => onConstants(event.currentTarget.checked)}
          />
          Constants
        </label>
      )}
      <button type="button" class="plain" onClick={onReset}>
        Reset
      </button>
    </div>
  );
}

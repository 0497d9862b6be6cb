// What all pictures are made of.

/** A picture with a sentence that says what it shows. One unit is one pixel. */
export function Svg({
  width,
  height,
  label,
  className = "",
  children,
  ...rest
}) {
  return (
    <svg
      class={`chart ${className}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      {...rest}
    >
      {children}
    </svg>
  );
}

/** Stripes over what has a colour for the second time. */
export const Stripes = ({ id }) => (
  <pattern
    id={id}
    width="6"
    height="6"
    patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"
  >
    <rect class="stripe" width="2" height="6" />
  </pattern>
);

/** Path of a rectangle, for many of them in one element. */
export const box = (x, y, width, height) =>
  `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`;

/** Two decimals are enough for a pixel. */
export const round = (value) => Math.round(value * 100) / 100;

// Components that are drawn again only for a reason: a scene may have thousands.

import { Component } from "preact";

const isShallowlyEqual = (a, b) =>
  Object.keys(b).every((key) => a[key] === b[key]) &&
  Object.keys(a).every((key) => key in b);

/** A component that is rendered again only where a property is another one. */
export const pure = (draw) =>
  class extends Component {
    shouldComponentUpdate(next) {
      return !isShallowlyEqual(this.props, next);
    }
    render(props) {
      return draw(props);
    }
  };
